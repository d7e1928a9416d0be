import { inspect } from 'node:util';

const shown = '[secret]';

/** Holds a value that must not be seen by accident: printed, logged or turned to JSON it is `[secret]`. */
export class Secret<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The value itself, for the moment of its use; never store, log or send on what this returns. */
  reveal(): T {
    return this.#value;
  }

  toString(): string {
    return shown;
  }

  toJSON(): string {
    return shown;
  }

  [inspect.custom](): string {
    return shown;
  }
}

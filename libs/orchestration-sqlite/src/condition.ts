import { marks } from './statements';

/** The conditions of a question that were given; every value goes beside the text, never into it. */
export class Condition {
  private readonly parts: string[] = [];
  readonly values: (string | number)[] = [];

  get text(): string {
    return this.parts.length === 0 ? 'true' : this.parts.join(' and ');
  }

  equals(column: string, value: string | number | undefined): this {
    return this.and(`${column} = ?`, value);
  }

  /** An empty list asks for nothing in particular. */
  isOneOf(column: string, values: readonly string[]): this {
    if (values.length === 0) return this;
    this.parts.push(`${column} in (${marks(values.length)})`);
    this.values.push(...values);
    return this;
  }

  /** `part` has one `?`; without a value it is left out. */
  and(part: string, value: string | number | undefined): this {
    if (value === undefined) return this;
    this.parts.push(part);
    this.values.push(value);
    return this;
  }
}

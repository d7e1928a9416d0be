import type { JsonObject } from '../ledger';

/**
 * What the readers of one group were told, each frame once: they are told the same, and twenty copies of 10,000 answers
 * would not fit into memory.
 */
export class ToldFrames {
  readonly #known = new Map<string, JsonObject>();

  take(text: string): JsonObject {
    const known = this.#known.get(text);
    if (known) return known;
    const data = essenceOf(JSON.parse(text) as JsonObject);
    this.#known.set(text, data);
    return data;
  }
}

/** Without what is said twice in a frame. */
function essenceOf({ input: _input, output: _output, group: _group, ...data }: JsonObject): JsonObject {
  return data;
}

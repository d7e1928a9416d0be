import { JsonArrayFaultError, JsonArraySplitter } from './json-array.splitter';

/** The fields beside the rows are longer than they may be. */
export class FieldsTooLongError extends Error {
  override readonly name = 'FieldsTooLongError';
}

/** The rows are there twice. */
export class RowsTwiceError extends Error {
  override readonly name = 'RowsTwiceError';
}

export interface BodyLimits {
  readonly itemCharacters: number;
  /** Of everything but the items of `inputs`. */
  readonly fieldCharacters: number;
}

/**
 * Takes the items of a top-level array `inputs` out of the text of a JSON object while it arrives; what is left, with an empty
 * array in its place, is small enough to be parsed in one go. A body of 32 MiB parsed as a whole would keep everybody else
 * waiting for half a second. Whether the rest is JSON is found out when it is parsed.
 */
export class JsonBodySplitter {
  private readonly pieces: string[] = [];
  private characters = 0;
  private depth = 0;
  private inString = false;
  private escaped = false;
  /** Inside the outermost object, where a name may come next. */
  private expectsName = false;
  private name: string | undefined;
  private atInputs = false;
  private array: JsonArraySplitter | undefined;
  private hadRows = false;

  constructor(private readonly limits: BodyLimits) {}

  /** Whether the array began. */
  get hasRows(): boolean {
    return this.hadRows;
  }

  /** The items that are complete after this piece of text. */
  push(text: string): string[] {
    const items: string[] = [];
    for (let i = 0; i < text.length;) {
      if (this.array) {
        i = this.array.take(text, i, items);
        if (this.array.isClosed) this.array = undefined;
      } else i = this.beside(text, i);
    }
    return items;
  }

  /** Everything but the items. Throws when the array was not closed. */
  rest(): string {
    if (this.array) throw new JsonArrayFaultError('end in the middle of the array');
    return this.pieces.join('');
  }

  private beside(text: string, start: number): number {
    for (let i = start; i < text.length; i++) {
      const character = text[i]!;
      if (this.inString) this.insideString(character);
      else if (this.atInputs && character === '[') return this.openRows(text, start, i);
      else this.outsideString(character);
    }
    this.keep(text.slice(start));
    return text.length;
  }

  private openRows(text: string, start: number, at: number): number {
    if (this.hadRows) throw new RowsTwiceError();
    this.keep(`${text.slice(start, at)}[]`);
    this.atInputs = false;
    this.hadRows = true;
    this.array = new JsonArraySplitter(this.limits.itemCharacters);
    return at;
  }

  private insideString(character: string): void {
    if (this.escaped) this.escaped = false;
    else if (character === '\\') this.escaped = true;
    else if (character === '"') this.inString = false;
    if (this.name !== undefined && this.inString) this.name += character;
  }

  private outsideString(character: string): void {
    if (character === ' ' || character === '\n' || character === '\r' || character === '\t') return;
    this.atInputs = false;
    if (character === '"') {
      this.inString = true;
      this.name = this.depth === 1 && this.expectsName ? '' : undefined;
      this.expectsName = false;
    } else if (character === '{' || character === '[') {
      this.depth++;
      this.expectsName = this.depth === 1 && character === '{';
    } else if (character === '}' || character === ']') this.depth--;
    else if (character === ',') this.expectsName = this.depth === 1;
    else if (character === ':') this.atInputs = this.depth === 1 && isInputs(this.name);
  }

  private keep(text: string): void {
    this.characters += text.length;
    if (this.characters > this.limits.fieldCharacters) throw new FieldsTooLongError();
    this.pieces.push(text);
  }
}

/** A name may be written with escapes. */
function isInputs(name: string | undefined): boolean {
  if (name === undefined || !name.includes('\\')) return name === 'inputs';
  try {
    return JSON.parse(`"${name}"`) === 'inputs';
  } catch {
    return false;
  }
}

import { limits, MultitaskError, type JsonValue } from '@multitask/contracts';
import {
  FieldsTooLongError,
  JsonArrayFaultError,
  JsonBodySplitter,
  parseJson,
  RowsTwiceError,
} from '@multitask/task-group';
import type { RowBatches } from './row.batches';

/** Of everything beside the rows; the check of the fields is stricter, but counts neither blanks nor escapes. */
const fieldCharacters = 1024 * 1024;

/** A JSON body that is read while it arrives: its rows one by one, then the fields beside them. */
export class JsonBodyReader {
  private readonly splitter = new JsonBodySplitter({ itemCharacters: limits.rowCharacters, fieldCharacters });
  private waiting: string[] = [];
  private row = 0;

  constructor(private readonly text: AsyncIterator<string>) {}

  /** Reads until the array `inputs` begins; false when the body has none. */
  async hasRows(): Promise<boolean> {
    while (!this.splitter.hasRows && (await this.more()));
    return this.splitter.hasRows;
  }

  async *rows(): RowBatches {
    do {
      const items = this.waiting;
      this.waiting = [];
      yield this.parsed(items);
    } while (await this.more());
  }

  private *parsed(items: readonly string[]): Generator<JsonValue> {
    for (const item of items) {
      const name = `inputs[${this.row++}]`;
      yield parseJson(item, name, name);
    }
  }

  /** The body without its rows; what was not read yet is read, and its rows are not looked at. */
  async fields(): Promise<JsonValue> {
    while (await this.more()) this.waiting = [];
    const rest = explained(() => this.splitter.rest());
    return parseJson(rest, this.splitter.hasRows ? 'The body beside its inputs' : 'The body');
  }

  private async more(): Promise<boolean> {
    const next = await this.text.next();
    if (next.done) return false;
    const items = explained(() => this.splitter.push(next.value));
    // Not spread into `push`: a piece may have more items than a call takes arguments.
    for (const item of items) this.waiting.push(item);
    return true;
  }
}

const fieldOf = ({ item }: JsonArrayFaultError): string => (item === undefined ? 'inputs' : `inputs[${item}]`);

function explained<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof JsonArrayFaultError)
      throw new MultitaskError('malformed_body', `The inputs ${error.message}.`, { field: fieldOf(error) });
    if (error instanceof RowsTwiceError)
      throw new MultitaskError('malformed_body', 'inputs is there twice; send it once.', { field: 'inputs' });
    if (error instanceof FieldsTooLongError)
      throw new MultitaskError('too_large', `The fields beside inputs have more than ${fieldCharacters} characters.`);
    throw error;
  }
}

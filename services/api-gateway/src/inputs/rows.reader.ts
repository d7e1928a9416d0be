import { limits, MultitaskError, type JsonValue } from '@multitask/contracts';
import {
  CsvFaultError,
  CsvSplitter,
  CsvTable,
  detectFormat,
  JsonArrayFaultError,
  JsonArraySplitter,
  LineSplitter,
  LineTooLongError,
  maxColumns,
  parseJson,
  separatorOf,
  type InputsFormat,
} from '@multitask/task-group';
import type { RowBatches } from './row.batches';
import { utf8 } from './utf8.decoder';

export interface InputsSource {
  readonly body: AsyncIterable<Uint8Array>;
  readonly contentType?: string;
  readonly fileName?: string;
}

/** Characters at the start of a file that decide what it is. */
const startCharacters = 4_096;

/** The rows of a file while it arrives. Throws `invalid_inputs` or `malformed_body`. */
export async function* readRows(source: InputsSource): RowBatches {
  const text = utf8(source.body, 'The inputs file');
  let start = '';
  while (start.length < startCharacters) {
    const next = await text.next();
    if (next.done) break;
    start += next.value;
  }
  const format = detectFormat({ ...source, start });
  if (format === 'empty') throw invalid('The inputs are empty; send at least one row.');
  if (format === 'html') throw invalid('The inputs are a web page, not JSON, NDJSON or CSV.');
  yield* parsers[format](withStart(start, text), start);
}

/** A text of which the beginning was looked at already. */
export async function* withStart(start: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  if (start !== '') yield start;
  yield* rest;
}

type Parser = (text: AsyncIterable<string>, start: string) => RowBatches;

const parsers: Readonly<Record<InputsFormat, Parser>> = {
  json: jsonRows,
  ndjson: ndjsonRows,
  csv: (text, start) => tableRows(text, separatorOf(start)),
  tsv: (text) => tableRows(text, '\t'),
};

async function* jsonRows(text: AsyncIterable<string>): RowBatches {
  const splitter = new JsonArraySplitter(limits.rowCharacters);
  let row = 0;
  const parsed = function* (items: readonly string[]): Generator<JsonValue> {
    for (const item of items) yield parseJson(item, `inputs[${row}]`, `inputs[${row++}]`);
  };
  const explain = (error: unknown) =>
    error instanceof JsonArrayFaultError
      ? invalid(`The inputs ${error.message}.`, error.item === undefined ? undefined : `inputs[${error.item}]`)
      : error;
  for await (const piece of text) yield parsed(explained(() => splitter.push(piece), explain));
  explained(() => splitter.end(), explain);
}

async function* ndjsonRows(text: AsyncIterable<string>): RowBatches {
  const splitter = new LineSplitter(limits.rowCharacters);
  let row = 0;
  const parsed = function* (lines: readonly string[]): Generator<JsonValue> {
    for (const line of lines) if (line.trim() !== '') yield parseJson(line, `inputs[${row}]`, `inputs[${row++}]`);
  };
  const explain = (error: unknown) =>
    error instanceof LineTooLongError
      ? invalid(`inputs[${row}] is longer than ${limits.rowCharacters} characters.`, `inputs[${row}]`)
      : error;
  for await (const piece of text) yield parsed(explained(() => splitter.push(piece), explain));
  yield parsed([explained(() => splitter.end(), explain)]);
}

async function* tableRows(text: AsyncIterable<string>, separator: ',' | ';' | '\t'): RowBatches {
  const splitter = new CsvSplitter(separator, { characters: limits.rowCharacters, fields: maxColumns });
  const table = new CsvTable();
  const explain = (error: unknown) =>
    error instanceof CsvFaultError ? invalid(`The inputs ${error.message} (near line ${error.line}).`) : error;
  const rowsOf = function* (records: readonly string[][]): Generator<JsonValue> {
    for (const record of records) {
      const row = explained(() => table.add(record), explain);
      if (row) yield row;
    }
  };
  for await (const piece of text) yield rowsOf(explained(() => splitter.push(piece), explain));
  yield rowsOf(explained(() => splitter.end(), explain));
}

/** What the work throws is told in other words. */
function explained<T>(work: () => T, explain: (error: unknown) => unknown): T {
  try {
    return work();
  } catch (error) {
    throw explain(error);
  }
}

const invalid = (message: string, field = 'inputs'): MultitaskError =>
  new MultitaskError('invalid_inputs', message, { field });

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
import { utf8 } from './utf8.decoder';

export interface InputsSource {
  readonly body: AsyncIterable<Uint8Array>;
  readonly contentType?: string;
  readonly fileName?: string;
}

/** Characters at the start of a file that decide what it is. */
const startCharacters = 4_096;

/** The rows of a file, one by one while it arrives. Throws `invalid_inputs` or `malformed_body`. */
export async function* readRows(source: InputsSource): AsyncGenerator<JsonValue> {
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

type Parser = (text: AsyncIterable<string>, start: string) => AsyncGenerator<JsonValue>;

const parsers: Readonly<Record<InputsFormat, Parser>> = {
  json: jsonRows,
  ndjson: ndjsonRows,
  csv: (text, start) => tableRows(text, separatorOf(start)),
  tsv: (text) => tableRows(text, '\t'),
};

async function* jsonRows(text: AsyncIterable<string>): AsyncGenerator<JsonValue> {
  const splitter = new JsonArraySplitter(limits.rowCharacters);
  let row = 0;
  try {
    for await (const piece of text)
      for (const item of splitter.push(piece)) {
        yield parseJson(item, `inputs[${row}]`, `inputs[${row}]`);
        row++;
      }
    splitter.end();
  } catch (error) {
    if (error instanceof JsonArrayFaultError)
      throw invalid(`The inputs ${error.message}.`, error.item === undefined ? undefined : `inputs[${error.item}]`);
    throw error;
  }
}

async function* ndjsonRows(text: AsyncIterable<string>): AsyncGenerator<JsonValue> {
  const splitter = new LineSplitter(limits.rowCharacters);
  let row = 0;
  const parsed = function* (lines: readonly string[]): Generator<JsonValue> {
    for (const line of lines) if (line.trim() !== '') yield parseJson(line, `inputs[${row}]`, `inputs[${row++}]`);
  };
  try {
    for await (const piece of text) yield* parsed(splitter.push(piece));
    yield* parsed([splitter.end()]);
  } catch (error) {
    if (error instanceof LineTooLongError)
      throw invalid(`inputs[${row}] is longer than ${limits.rowCharacters} characters.`, `inputs[${row}]`);
    throw error;
  }
}

async function* tableRows(text: AsyncIterable<string>, separator: ',' | ';' | '\t'): AsyncGenerator<JsonValue> {
  const splitter = new CsvSplitter(separator, { characters: limits.rowCharacters, fields: maxColumns });
  const table = new CsvTable();
  const rowsOf = function* (records: readonly string[][]): Generator<JsonValue> {
    for (const record of records) {
      const row = table.add(record);
      if (row) yield row;
    }
  };
  try {
    for await (const piece of text) yield* rowsOf(splitter.push(piece));
    yield* rowsOf(splitter.end());
  } catch (error) {
    throw error instanceof CsvFaultError ? invalid(`The inputs ${error.message} (near line ${error.line}).`) : error;
  }
}

const invalid = (message: string, field = 'inputs'): MultitaskError =>
  new MultitaskError('invalid_inputs', message, { field });

import { limits, MultitaskError, type JsonValue } from '@multitask/contracts';
import {
  CsvTable,
  detectFormat,
  JsonArrayFaultError,
  JsonArraySplitter,
  LineSplitter,
  LineTooLongError,
  parseJson,
  separatorOf,
  type InputsFormat,
} from '@multitask/task-group';
import { CsvError, parse } from 'csv-parse';
import { Readable } from 'node:stream';
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

async function* withStart(start: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield start;
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
  const splitter = new JsonArraySplitter(limits.eventBytes);
  let row = 0;
  try {
    for await (const piece of text)
      for (const item of splitter.push(piece)) {
        yield parseJson(item, `inputs[${row}]`, `inputs[${row}]`);
        row++;
      }
    splitter.end();
  } catch (error) {
    if (error instanceof JsonArrayFaultError) throw invalid(`The inputs ${error.message}.`);
    throw error;
  }
}

async function* ndjsonRows(text: AsyncIterable<string>): AsyncGenerator<JsonValue> {
  const splitter = new LineSplitter(limits.eventBytes);
  let row = 0;
  const parsed = function* (lines: readonly string[]): Generator<JsonValue> {
    for (const line of lines) if (line.trim() !== '') yield parseJson(line, `inputs[${row}]`, `inputs[${row++}]`);
  };
  try {
    for await (const piece of text) yield* parsed(splitter.push(piece));
    yield* parsed([splitter.end()]);
  } catch (error) {
    if (error instanceof LineTooLongError)
      throw invalid(`inputs[${row}] is longer than ${limits.eventBytes} characters.`, `inputs[${row}]`);
    throw error;
  }
}

async function* tableRows(text: AsyncIterable<string>, separator: string): AsyncGenerator<JsonValue> {
  const parser = parse({
    delimiter: separator,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: limits.eventBytes,
  });
  const source = Readable.from(text);
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  const table = new CsvTable();
  try {
    for await (const record of parser as AsyncIterable<string[]>) {
      const row = table.add(record);
      if (row) yield row;
    }
  } catch (error) {
    throw error instanceof CsvError ? csvFault(error) : error;
  } finally {
    source.destroy();
    parser.destroy();
  }
}

function csvFault(error: CsvError): MultitaskError {
  const line = typeof error.lines === 'number' ? ` near line ${error.lines}` : '';
  return invalid(
    error.code === 'CSV_MAX_RECORD_SIZE'
      ? `A row of the inputs is longer than ${limits.eventBytes} characters${line}. Is a quote missing?`
      : `The inputs are not valid CSV${line}: a quoted value is not closed, or quotes stand inside an unquoted one.`,
  );
}

const invalid = (message: string, field = 'inputs'): MultitaskError =>
  new MultitaskError('invalid_inputs', message, { field });

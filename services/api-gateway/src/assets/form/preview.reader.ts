import { limits, MultitaskError } from '@multitask/contracts';
import {
  charactersOf,
  CsvFaultError,
  CsvSplitter,
  CsvTable,
  detectFormat,
  faultOfRow,
  JsonArrayFaultError,
  JsonArraySplitter,
  LineSplitter,
  LineTooLongError,
  maxColumns,
  parseJson,
  separatorOf,
  type InputsFormat,
} from '@multitask/task-group';
import type { Json } from './words';

export interface PreviewFault {
  /** Counted from 0; undefined for what is wrong with all of it. */
  readonly row?: number;
  readonly message: string;
}

/** What the service will make of inputs, as far as they were read. */
export interface Preview {
  readonly format: InputsFormat | undefined;
  readonly columns: readonly string[];
  /** The first ones alone. */
  readonly rows: readonly Json[];
  readonly count: number;
  /** The first ones alone. */
  readonly faults: readonly PreviewFault[];
  /** Rows that would be rejected alone, because they are larger than what one run takes. */
  readonly oversized: number;
}

export const shownRows = 5;
const shownFaults = 5;
/** Rows whose columns are looked at: later ones may have others, as the API allows. */
const columnRows = 100;
/** Characters at the start that decide what it is, as the service has it. */
const startCharacters = 4_096;

type Rows = Iterable<readonly [value: Json | undefined, fault: string | undefined]>;
interface Parser {
  push(text: string): Rows;
  end(): Rows;
}

/** Reads inputs piece by piece with the service's own parsers; holds no more than the first rows. */
export class PreviewReader {
  private start: string | undefined = '';
  private parser: Parser | undefined;
  private format: InputsFormat | undefined;
  private isBroken = false;
  private count = 0;
  private oversized = 0;
  private readonly columns = new Set<string>();
  private readonly rows: Json[] = [];
  private readonly faults: PreviewFault[] = [];

  constructor(private readonly fileName?: string) {}

  push(text: string): void {
    if (this.isBroken) return;
    if (this.start === undefined) return this.take((parser) => parser.push(text));
    this.start += text;
    if (this.start.length >= startCharacters) this.begin();
  }

  end(): Preview {
    if (this.start !== undefined) this.begin();
    if (!this.isBroken) this.take((parser) => parser.end());
    if (!this.isBroken && this.count === 0) this.fail({ message: 'There are no rows yet.' });
    return this.soFar();
  }

  soFar(): Preview {
    const { format, count, oversized, rows, faults } = this;
    return { format, count, oversized, rows: [...rows], faults: [...faults], columns: [...this.columns] };
  }

  private begin(): void {
    const start = this.start!.replace(/^\uFEFF/, '');
    this.start = undefined;
    const format = detectFormat({ ...(this.fileName !== undefined && { fileName: this.fileName }), start });
    if (format === 'empty') return this.fail({ message: 'There are no rows yet.' });
    if (format === 'html') return this.fail({ message: 'This is a web page, not CSV, JSON or NDJSON.' });
    this.format = format;
    this.parser = parserOf(format, start);
    this.take((parser) => parser.push(start));
  }

  private take(rowsOf: (parser: Parser) => Rows): void {
    try {
      for (const [value, fault] of rowsOf(this.parser!)) this.add(value, fault);
    } catch (error) {
      this.isBroken = true;
      this.note(faultIn(error));
    }
  }

  private add(value: Json | undefined, unreadable: string | undefined): void {
    const row = this.count++;
    const wrong = unreadable ?? faultOfRow(value as never, row)?.message;
    if (wrong !== undefined) this.note({ row, message: wrong });
    else if (charactersOf(value as never) > limits.specAndInputCharacters) this.oversized++;
    if (this.rows.length < shownRows) this.rows.push(value ?? null);
    if (row < columnRows) for (const name of columnsOf(value)) this.columns.add(name);
  }

  private fail(fault: PreviewFault): void {
    this.isBroken = true;
    this.note(fault);
  }

  private note(fault: PreviewFault): void {
    if (this.faults.length < shownFaults) this.faults.push(fault);
  }
}

/** All of a text at once. */
export function previewOf(text: string, fileName?: string): Preview {
  const reader = new PreviewReader(fileName);
  reader.push(text);
  return reader.end();
}

export const columnsOf = (row: Json | undefined): readonly string[] =>
  typeof row === 'string'
    ? ['input']
    : typeof row === 'object' && row !== null && !Array.isArray(row)
      ? Object.keys(row)
      : [];

export const valueIn = (row: Json, column: string): Json | undefined => {
  if (typeof row === 'string') return column === 'input' ? row : undefined;
  if (typeof row !== 'object' || row === null || !Object.hasOwn(row, column)) return undefined;
  return (row as Record<string, Json>)[column];
};

function parserOf(format: InputsFormat, start: string): Parser {
  if (format === 'json') {
    const splitter = new JsonArraySplitter(limits.rowCharacters);
    return { push: (text) => parsed(splitter.push(text)), end: () => (splitter.end(), []) };
  }
  if (format === 'ndjson') {
    const splitter = new LineSplitter(limits.rowCharacters);
    return { push: (text) => parsed(splitter.push(text)), end: () => parsed([splitter.end()]) };
  }
  const splitter = new CsvSplitter(format === 'tsv' ? '\t' : separatorOf(start), {
    characters: limits.rowCharacters,
    fields: maxColumns,
  });
  const table = new CsvTable();
  let named = false;
  const rows = function* (records: readonly string[][]): Rows {
    for (const record of records) {
      try {
        const row = table.add(record);
        named = true;
        if (row) yield [row as Json, undefined];
      } catch (error) {
        // A header that cannot be used is the end of it.
        if (!named || !MultitaskError.is(error)) throw error;
        yield [undefined, error.message];
      }
    }
  };
  return { push: (text) => rows(splitter.push(text)), end: () => rows(splitter.end()) };
}

function* parsed(texts: readonly string[]): Rows {
  for (const text of texts) {
    if (text.trim() === '') continue;
    try {
      yield [parseJson(text, 'It') as Json, undefined];
    } catch (error) {
      if (!MultitaskError.is(error)) throw error;
      yield [undefined, error.message.replace(/^It /, '')];
    }
  }
}

function faultIn(error: unknown): PreviewFault {
  if (error instanceof CsvFaultError) return { message: `The rows ${error.message} (near line ${error.line}).` };
  if (error instanceof JsonArrayFaultError) return { message: `The rows ${error.message}.` };
  if (error instanceof LineTooLongError) return { message: 'A line is longer than a row may be.' };
  if (MultitaskError.is(error)) return { message: error.message };
  throw error;
}

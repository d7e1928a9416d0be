import type { JsonValue } from '@multitask/contracts';
import { flattenRow } from '@multitask/task-group';
import type { ResultPage } from '../query/result-page';
import { columnsOf } from '../rows/columns';

/** RFC 4180 with a header line. Nested values are JSON. */
export function* csvResult({ header, rows, query }: ResultPage): Generator<string> {
  const columns = ['$id', '$status', ...(query.fields ?? columnsOf(header.spec, rows))];
  yield line(columns);
  for (const row of rows) {
    const flat = flattenRow(row) as Record<string, JsonValue>;
    yield line(columns.map((name) => (Object.hasOwn(flat, name) ? flat[name]! : null)));
  }
}

const line = (cells: readonly JsonValue[]): string => `${cells.map(cell).join(',')}\r\n`;

function cell(value: JsonValue): string {
  const text = typeof value === 'string' ? harmless(value) : value === null ? '' : JSON.stringify(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * A spreadsheet runs a text that begins like a formula; an apostrophe before it makes it a text again. One that was there
 * already gets another, so that taking one away gives back what was written.
 */
const harmless = (text: string): string => (/^'*[=+\-@\t\r]/.test(text) ? `'${text}` : text);

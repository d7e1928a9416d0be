import type { JsonValue } from '@multitask/contracts';
import { flattenRow } from '@multitask/task-group';
import { written, type Document, type PageHead } from '../document/passes';
import type { ResultPage } from '../query/result-page';
import { Columns, columnsIn } from '../rows/columns';

/** What any table of any group begins with: it can be sent before a single row was looked at. */
export const csvStart = ({ query }: PageHead): string => `${query.bom ? '\uFEFF' : ''}$id,$status`;

/**
 * RFC 4180 with a header line. Nested values are JSON. With `query.bom` it begins with a byte order mark, without which Excel
 * takes UTF-8 for its own code page.
 */
export function csvDocument(page: PageHead, columns: Columns): Document {
  const wanted = page.query.fields ? new Columns(page.query.fields) : columns;
  return [
    {
      before: `${csvStart(page)}${wanted.names.map((name) => `,${cell(name)}`).join('')}\r\n`,
      row: (row) => {
        const flat = flattenRow(row);
        return `${[flat.$id, flat.$status, ...wanted.cells(flat)].map(cell).join(',')}\r\n`;
      },
      after: '',
    },
  ];
}

export const csvResult = (page: ResultPage): Generator<string> =>
  written(csvDocument(page, columnsIn(page.header.spec, page.rows)), page.rows);

function cell(value: JsonValue | undefined): string {
  const text = typeof value === 'string' ? harmless(value) : value == null ? '' : JSON.stringify(value);
  // Semicolons and tabs are separators to spreadsheets of some countries: what follows one would be a cell, and perhaps a formula.
  return /[",;\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * A spreadsheet runs a text that begins like a formula, also one in the wide letters of East Asia; an apostrophe before it makes
 * it a text again. One that was there already gets another, so that taking one away gives back what was written.
 */
const harmless = (text: string): string => (/^'*[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text);

import { flattenRow, type GroupHeader, type RowView } from '@multitask/task-group';
import { progressTitle } from '../group/progress';
import { emulatorNotice } from '../group/notices';
import { statusMessage } from '../group/status';
import { costOf } from '../group/cost';
import { warningsOf } from '../group/warnings';
import type { ResultPage } from '../query/result-page';
import { cursorOfRow } from '../query/result-query';
import { cellText } from '../rows/cell-text';
import { Columns, columnsIn } from '../rows/columns';
import { confidenceByField, confidenceMark } from '../rows/confidence';
import { rowError } from '../rows/row-error';
import { statusMark } from '../rows/status-mark';
import { written, type Document, type PageHead, type Pass } from '../document/passes';
import { embeddedMarkdown } from './embedded';
import { escapeMarkdown } from './escape';

/** Characters of one cell; what is longer is cut and linked. A table with whole reports in it is no table. */
const cellLength = 400;
/** Of a report that follows in full below the table. */
const teaserLength = 120;

/** What stands above the table: it can be sent before a single row was looked at. */
export const markdownStart = (page: PageHead): string =>
  `# ${escapeMarkdown(progressTitle(page.header))}\n\n${noticeOf(page)}${summary(page.header)}\n`;

/**
 * The data as one table, status first, no reasoning and no sources. Texts that are documents of their own follow it in full, each
 * under a heading.
 */
export function markdownDocument(page: PageHead, columns: Columns): Document {
  const { header, query } = page;
  const wanted = query.fields ? new Columns(query.fields) : columns;
  const heads = ['Status', ...wanted.names.map(escapeMarkdown)];
  const more = page.nextCursor === null ? '' : `\nMore rows: ${urlOf(header)}.md?cursor=${page.nextCursor}\n`;
  const table: Pass = {
    before: `${markdownStart(page)}${line(heads)}${line(heads.map(() => '---'))}`,
    row: (row) => line([statusCell(row, header), ...valueCells(row, header, wanted)]),
    after: more,
  };
  const hasTexts = header.spec.output.type !== 'json' && wanted.names.includes('output');
  return hasTexts ? [table, { before: '', row: (row) => textSection(row), after: '' }] : [table];
}

export const markdownResult = (page: ResultPage): Generator<string> =>
  written(markdownDocument(page, columnsIn(page.header.spec, page.rows)), page.rows);

/** The text a row was answered with, when it is one. */
export const textOf = ({ output }: RowView): string | undefined =>
  output?.type === 'text' && typeof output.content === 'string' ? output.content : undefined;

function textSection(row: RowView): string {
  const text = textOf(row);
  if (text === undefined || text.trim() === '') return '';
  const asked = cellText(typeof row.input === 'string' ? row.input : (Object.values(row.input)[0] ?? ''));
  const subject = beginning(asked, teaserLength);
  const title = subject.text === '' ? '' : `: ${escapeMarkdown(subject.text)}${subject.isWhole ? '' : '…'}`;
  return `\n## Row ${row.row + 1}${title.replaceAll('<br>', ' ')}\n\n${embeddedMarkdown(text, 2)}\n`;
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;

export const urlOf = (header: GroupHeader): string => `${header.origin}/${header.groupId}`;

const noticeOf = ({ notice }: PageHead): string => (notice === null ? '' : `> ⏸ ${escapeMarkdown(notice)}\n\n`);

function summary(header: GroupHeader): string {
  const { spent_usd } = costOf(header);
  const facts = [
    statusMessage(header),
    `Processor ${escapeMarkdown(header.spec.processor)}.`,
    ...(spent_usd === null
      ? []
      : [`Cost so far $${spent_usd}${header.upstream === 'emulator' ? ' by list price; nothing is charged' : ''}.`]),
    ...(header.expiresAt === null ? [] : [`Kept until ${header.expiresAt.slice(0, 10)}.`]),
    `Live at ${urlOf(header)}`,
  ];
  const warnings = warningsOf(header).map((warning) => `- ⚠️ ${escapeMarkdown(warning.message)}\n`);
  const notice = header.upstream === 'emulator' ? `> ${emulatorNotice}\n\n` : '';
  return `${notice}${facts.join(' ')}\n${warnings.length > 0 ? `\n${warnings.join('')}` : ''}`;
}

function statusCell(row: RowView, header: GroupHeader): string {
  const reason = rowError(row)?.message;
  const status = `${statusMark[row.status]} ${row.status}`;
  return reason === undefined ? status : `${status}: ${cut(reason, row, header)}`;
}

function valueCells(row: RowView, header: GroupHeader, columns: Columns): string[] {
  const confidence = confidenceByField(row.output);
  const cells = columns.cells(flattenRow(row));
  const isText = textOf(row) !== undefined;
  return cells.map((value, index) => {
    if (value === undefined) return '';
    const name = columns.names[index]!;
    const level = confidence.get(name);
    const text = cut(cellText(value), row, header, isText && name === 'output' ? teaserLength : cellLength);
    return level ? `${text} ${confidenceMark[level]}`.trimStart() : text;
  });
}

function cut(text: string, row: RowView, header: GroupHeader, length = cellLength): string {
  const start = beginning(text, length);
  return start.isWhole ? escapeMarkdown(start.text) : `${escapeMarkdown(start.text)}… [whole](${rowUrl(row, header)})`;
}

/** At most so many characters, and no half ones. */
function beginning(text: string, length: number): { text: string; isWhole: boolean } {
  const characters = text.length > length ? [...text.slice(0, length * 2)] : [];
  if (characters.length <= length) return { text: text.trim(), isWhole: true };
  return { text: characters.slice(0, length).join('').trim(), isWhole: false };
}

const rowUrl = (row: RowView, header: GroupHeader): string =>
  row.runId === null
    ? `${urlOf(header)}.json?cursor=${cursorOfRow(row.row)}&limit=1`
    : `${urlOf(header)}/runs/${row.runId}.md`;

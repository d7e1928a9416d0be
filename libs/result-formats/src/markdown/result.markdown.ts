import type { JsonValue } from '@multitask/contracts';
import { flattenRow, type GroupHeader, type RowView } from '@multitask/task-group';
import { progressTitle } from '../group/progress';
import { emulatorNotice } from '../group/notices';
import { statusMessage } from '../group/status';
import { costOf } from '../group/cost';
import { warningsOf } from '../group/warnings';
import type { ResultPage } from '../query/result-page';
import { cursorOfRow } from '../query/result-query';
import { cellText } from '../rows/cell-text';
import { columnsOf } from '../rows/columns';
import { confidenceByField, confidenceMark } from '../rows/confidence';
import { rowError } from '../rows/row-error';
import { statusMark } from '../rows/status-mark';
import { escapeMarkdown } from './escape';

/** Characters of one cell; what is longer is cut and linked. A table with whole reports in it is no table. */
const cellLength = 400;

/** The data as one table, status first, no reasoning and no sources. */
export function* markdownResult(page: ResultPage): Generator<string> {
  const { header, rows, query } = page;
  yield `# ${escapeMarkdown(progressTitle(header))}\n\n${noticeOf(page)}${summary(header)}`;
  const columns = query.fields ?? columnsOf(header.spec, rows);
  yield `\n${line(['Status', ...columns.map(escapeMarkdown)])}${line(['---', ...columns.map(() => '---')])}`;
  for (const row of rows) yield line([statusCell(row, header), ...valueCells(row, header, columns)]);
  if (page.nextCursor !== null) yield `\nMore rows: ${urlOf(header)}.md?cursor=${page.nextCursor}\n`;
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;

export const urlOf = (header: GroupHeader): string => `${header.origin}/${header.groupId}`;

const noticeOf = ({ notice }: ResultPage): string => (notice === null ? '' : `> ⏸ ${escapeMarkdown(notice)}\n\n`);

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

function valueCells(row: RowView, header: GroupHeader, columns: readonly string[]): string[] {
  const flat = flattenRow(row) as Record<string, JsonValue>;
  const confidence = confidenceByField(row.output);
  return columns.map((name) => {
    if (!Object.hasOwn(flat, name)) return '';
    const level = confidence.get(name);
    const text = cut(cellText(flat[name]), row, header);
    return level ? `${text} ${confidenceMark[level]}`.trimStart() : text;
  });
}

function cut(text: string, row: RowView, header: GroupHeader): string {
  const characters = text.length > cellLength ? [...text.slice(0, cellLength * 2)] : [];
  if (characters.length <= cellLength) return escapeMarkdown(text.trim());
  return `${escapeMarkdown(characters.slice(0, cellLength).join('').trim())}… [whole](${rowUrl(row, header)})`;
}

const rowUrl = (row: RowView, header: GroupHeader): string =>
  row.runId === null
    ? `${urlOf(header)}.json?cursor=${cursorOfRow(row.row)}&limit=1`
    : `${urlOf(header)}/runs/${row.runId}.md`;

import type { GroupHeader, GroupView, RowView } from '@multitask/task-group';
import { cursorOfRow, wholeResult, type ResultQuery } from './result-query';

/** What every format is made from: a header, and those rows of the same instant that were asked for. */
export interface ResultPage {
  readonly header: GroupHeader;
  readonly rows: readonly RowView[];
  readonly query: ResultQuery;
  /** Where the next page begins; null when this is the last. */
  readonly nextCursor: string | null;
  /** Where the stream goes on from this instant; null when the log cannot be asked. */
  readonly eventId: string | null;
  /** Why this may not be the newest state, in one sentence; null when it is. */
  readonly notice: string | null;
}

/**
 * Picks the rows from a view. `view.rows` may be the whole group or a run of rows that starts at `query.from`; the header
 * tells whether there are more.
 */
export function resultPage(
  view: GroupView,
  query: ResultQuery = wholeResult,
  eventId: string | null = null,
  notice: string | null = null,
): ResultPage {
  const start = lowerBound(view.rows, query.from);
  if (start === 0 && !query.statuses && query.limit === undefined)
    return { header: view, rows: view.rows, query, eventId, notice, nextCursor: null };
  const limit = query.limit ?? Infinity;
  const rows: RowView[] = [];
  let next = start;
  for (; next < view.rows.length && rows.length < limit; next++) {
    const row = view.rows[next]!;
    if (!query.statuses || query.statuses.has(row.status)) rows.push(row);
  }
  const following = next < view.rows.length ? view.rows[next]!.row : (view.rows.at(-1)?.row ?? query.from - 1) + 1;
  return {
    header: view,
    rows,
    query,
    eventId,
    notice,
    nextCursor: following < view.rowCount ? cursorOfRow(following) : null,
  };
}

/** A page of rows that were picked already; `next` is the number of the first row that was not looked at. */
export const pageOf = (
  header: GroupHeader,
  rows: readonly RowView[],
  next: number,
  { query, eventId, notice }: Pick<ResultPage, 'query' | 'eventId' | 'notice'>,
): ResultPage => ({
  header,
  rows,
  query,
  eventId,
  notice,
  nextCursor: next < header.rowCount ? cursorOfRow(next) : null,
});

function lowerBound(rows: readonly RowView[], from: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle]!.row < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

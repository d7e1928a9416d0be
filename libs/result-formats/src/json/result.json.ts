import { flattenRow, type FlatRow, type GroupHeader, type RowView } from '@multitask/task-group';
import type { ResultPage } from '../query/result-page';
import { costOf } from '../group/cost';
import { statusJson } from '../group/status';
import { warningsOf } from '../group/warnings';
import { runJson } from './run.json';

/** All of a `.json` answer that is not rows. `notice` is there only while it may not be the newest state. */
export function resultHead(header: GroupHeader, eventId: string | null, notice: string | null = null) {
  const { spec } = header;
  return {
    taskgroup_id: header.groupId,
    title: spec.title ?? null,
    metadata: spec.metadata ?? null,
    status: statusJson(header),
    created_at: header.createdAt,
    completed_at: header.completedAt,
    expires_at: header.expiresAt,
    generation: header.generation,
    processor: spec.processor,
    output_schema: spec.output.type === 'json' ? spec.output.json_schema : null,
    cost: costOf(header),
    upstream: header.upstream,
    warnings: warningsOf(header),
    event_id: eventId,
    ...(notice !== null && { notice }),
  };
}

/** The flat row, or the part of it that was asked for. */
export function resultRow(row: RowView, fields: readonly string[] | undefined): FlatRow {
  const flat = flattenRow(row);
  if (!fields) return flat;
  const wanted = fields.filter((name) => Object.hasOwn(flat, name)).map((name) => [name, flat[name]] as const);
  return Object.fromEntries([['$id', flat.$id], ['$status', flat.$status], ...wanted]) as FlatRow;
}

/** Characters in one piece of a long answer: big enough to be worth a write, small enough to keep memory flat. */
const pieceLength = 65_536;

/**
 * `{…head, next_cursor, results, runs}` in pieces, so that 100,000 rows never stand in memory as one text.
 * `results[i]` and `runs[i]` are the same row.
 */
export function* jsonResult(page: ResultPage): Generator<string> {
  const head = { ...resultHead(page.header, page.eventId, page.notice), next_cursor: page.nextCursor };
  let piece = `${JSON.stringify(head).slice(0, -1)},"results":[`;
  for (const [index, row] of page.rows.entries()) {
    piece += `${index > 0 ? ',' : ''}${JSON.stringify(resultRow(row, page.query.fields))}`;
    if (piece.length < pieceLength) continue;
    yield piece;
    piece = '';
  }
  piece += '],"runs":[';
  for (const [index, row] of page.rows.entries()) {
    piece += `${index > 0 ? ',' : ''}${JSON.stringify(runJson(row, page.header, page.query.basis))}`;
    if (piece.length < pieceLength) continue;
    yield piece;
    piece = '';
  }
  yield `${piece}]}\n`;
}

import { flattenRow, type FlatRow, type GroupHeader, type RowView } from '@multitask/task-group';
import { written, type Document, type PageHead } from '../document/passes';
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

/**
 * `{…head, next_cursor, results, runs}`: one pass for what people read, one for how it came about. `results[i]` and `runs[i]`
 * are the same row.
 */
export function jsonDocument(page: PageHead): Document {
  const head = { ...resultHead(page.header, page.eventId, page.notice), next_cursor: page.nextCursor };
  const { fields, basis } = page.query;
  const listed = (index: number, value: unknown) => `${index > 0 ? ',' : ''}${JSON.stringify(value)}`;
  return [
    {
      before: `${JSON.stringify(head).slice(0, -1)},"results":[`,
      row: (row, index) => listed(index, resultRow(row, fields)),
      after: ']',
    },
    {
      before: ',"runs":[',
      row: (row, index) => listed(index, runJson(row, page.header, basis)),
      after: ']}\n',
    },
  ];
}

export const jsonResult = (page: ResultPage): Generator<string> => written(jsonDocument(page), page.rows);

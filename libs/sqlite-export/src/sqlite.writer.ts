import { setImmediate as nextTurn } from 'node:timers/promises';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { basisOf, resultHead, rowError, timingOf, type PageHead } from '@multitask/result-formats';
import { flattenRow, type RowView } from '@multitask/task-group';
import { stored, type StoredValue } from './column.kind';
import { detailColumns, insertInto, schema, settings } from './schema.sql';
import { ownColumns, type TableShape } from './table.shape';

/** What a file is made of. No part of it is a secret: it is what `.json` tells, and nothing else. */
export interface GroupContent {
  readonly head: Pick<PageHead, 'header' | 'eventId' | 'notice'>;
  /** Must have seen every row that comes. */
  readonly shape: TableShape;
  readonly rows: AsyncIterable<readonly RowView[]> | Iterable<readonly RowView[]>;
}

/** Milliseconds of writing after which others get their turn: a stream's frames wait no longer than that. */
const turnMs = 5;

/**
 * Writes a group into an empty or new file at `path`: tables `details`, `runs`, `fields`, `basis`, `previous` and the view
 * `citations`. Done in turns of some milliseconds. From `opened` on, the file is written whatever becomes of its name. What was
 * written when this throws is no database.
 */
export async function writeSqlite(path: string, content: GroupContent, opened?: () => Promise<void>): Promise<void> {
  const database = new DatabaseSync(path, { enableForeignKeyConstraints: false });
  try {
    database.exec(settings);
    const writer = new GroupWriter(database, content);
    await opened?.();
    let started = performance.now();
    for await (const rows of content.rows)
      for (const row of rows) {
        writer.add(row);
        if (performance.now() - started < turnMs) continue;
        await nextTurn();
        started = performance.now();
      }
    database.exec('commit');
  } finally {
    database.close();
  }
}

class GroupWriter {
  private readonly run: StatementSync;
  private readonly basis: StatementSync;
  private readonly previous: StatementSync;
  private readonly columns: ReturnType<TableShape['columns']>;

  constructor(
    private readonly database: DatabaseSync,
    { head, shape }: GroupContent,
  ) {
    this.columns = shape.columns(head.header.spec);
    const { list } = this.columns;
    // One transaction for all: committing each row apart would sort the file's pages out anew each time.
    database.exec(`begin; ${schema(list)}`);
    this.insert('details', detailsOf(head));
    for (const [position, { field, column, kind }] of list.entries())
      this.insert('fields', [position, field.toWellFormed(), column, kind]);
    this.run = database.prepare(insertInto('runs', ownColumns.length + list.length));
    this.basis = database.prepare(insertInto('basis', 5));
    this.previous = database.prepare(insertInto('previous', 5));
  }

  add(row: RowView): void {
    const { created_at, modified_at, seconds } = timingOf(row);
    const error = rowError(row)?.message.toWellFormed() ?? null;
    const values = this.columns.cells.cells(flattenRow(row));
    this.run.run(
      row.row,
      row.runId,
      row.status,
      error,
      row.attempt,
      created_at,
      modified_at,
      seconds,
      ...values.map((value, index) => stored(value, this.columns.list[index]!.kind)),
    );
    for (const { field, confidence, reasoning, citations } of basisOf(row.output))
      this.basis.run(row.row, text(field), text(confidence), text(reasoning), JSON.stringify(citations ?? []));
    for (const { run, output } of row.previous)
      this.previous.run(row.row, run.run_id, run.status, text(run.error?.message), json(output));
  }

  private insert(table: string, values: StoredValue[]): void {
    this.database.prepare(insertInto(table, values.length)).run(...values);
  }
}

function detailsOf({ header, eventId, notice }: GroupContent['head']): StoredValue[] {
  const head = resultHead(header, eventId, notice);
  const { status, cost } = head;
  const values: Record<(typeof detailColumns)[number][0], StoredValue> = {
    taskgroup_id: head.taskgroup_id,
    url: `${header.origin}/${header.groupId}`,
    title: text(head.title),
    processor: text(head.processor),
    status_message: text(status.status_message),
    is_active: status.is_active ? 1 : 0,
    num_task_runs: status.num_task_runs,
    task_run_status_counts: json(status.task_run_status_counts),
    blocked: json(status.blocked),
    created_at: head.created_at,
    modified_at: status.modified_at,
    completed_at: head.completed_at,
    expires_at: head.expires_at,
    generation: head.generation,
    spent_usd: cost.spent_usd,
    estimated_total_usd: cost.estimated_total_usd,
    output_schema: json(head.output_schema),
    metadata: json(head.metadata),
    warnings: json(head.warnings),
    upstream: head.upstream,
    event_id: head.event_id,
    notice: text(notice),
  };
  return detailColumns.map(([name]) => values[name]);
}

const text = (value: string | null | undefined): string | null => value?.toWellFormed() ?? null;
const json = (value: unknown): string | null => (value == null ? null : JSON.stringify(value));

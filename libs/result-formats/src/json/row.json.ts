import type { TaskRun } from '@multitask/contracts';
import { flattenRow, isSettled, type GroupHeader, type RowView } from '@multitask/task-group';
import { basisOf } from '../rows/confidence';
import { rowError } from '../rows/row-error';
import { taskRunOf } from './run.json';

/**
 * The row as it stood under one of its runs: the current one, or an earlier one that a retry replaced.
 * Undefined when the row never had that run.
 */
export function rowUnderRun(row: RowView, runId: string): RowView | undefined {
  if (row.runId === runId) return row;
  const earlier = row.previous.find(({ run }) => run.run_id === runId);
  if (!earlier) return undefined;
  const { run, output } = earlier;
  return { ...row, runId, status: run.status, run, output, refusal: null, previous: [] };
}

/** Everything about one row: `GET /<id>/runs/<runId>`. */
export function rowJson(row: RowView, group: Pick<GroupHeader, 'groupId' | 'spec' | 'upstream'>) {
  return {
    taskgroup_id: group.groupId,
    row: row.row,
    run: taskRunOf(row, group),
    input: row.input,
    output: row.output,
    basis: basisOf(row.output),
    timing: timingOf(row),
    error: rowError(row),
    result: flattenRow(row),
    previous: row.previous.map(({ run, output }) => ({ ...run, output })),
    upstream: group.upstream,
  };
}

/** Seconds from the run's creation to its end; null while it is on its way or when the upstream does not tell. */
export function timingOf(row: RowView): {
  created_at: string | null;
  modified_at: string | null;
  seconds: number | null;
} {
  const created_at = row.run?.created_at ?? null;
  const modified_at = row.run?.modified_at ?? null;
  return { created_at, modified_at, seconds: isSettled(row.status) ? secondsOf(row.run) : null };
}

function secondsOf(run: TaskRun | null): number | null {
  const seconds = (Date.parse(run?.modified_at ?? '') - Date.parse(run?.created_at ?? '')) / 1_000;
  return Number.isFinite(seconds) && seconds >= 0 ? Math.round(seconds * 10) / 10 : null;
}

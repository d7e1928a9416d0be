import type { FrameAccount, JsonObject } from '../ledger';
import type { RowState } from './row.state';

/** Everything that is told under one id, by docs/PROTOCOL.md alone. */
export interface Told {
  /** `snapshot` replaces all that was known; `change` adds to it. */
  readonly kind: 'snapshot' | 'change';
  readonly at: number;
  readonly rows: readonly RowState[];
  readonly counts: Readonly<Record<string, number>> | undefined;
  readonly active: boolean | undefined;
  readonly blocked: string | null | undefined;
  /** The generation that was said to be complete. */
  readonly completed: number | undefined;
  /** How many rows a snapshot says it has. */
  readonly announced: number | undefined;
}

export interface ConnectionTold {
  readonly told: readonly Told[];
  /** It was told to forget what it had. */
  readonly reset: boolean;
  /** It was told that this is the end. */
  readonly closed: boolean;
  /** Frames behind the last id: they are told again, so they do not count. */
  readonly unfinished: number;
}

/**
 * Reads one connection. An id ends what belongs together; what has none behind it was cut off, and is told again on the next
 * connection.
 */
export function readConnection(frames: readonly FrameAccount[]): ConnectionTold {
  const told: Told[] = [];
  let pending: FrameAccount[] = [];
  let reset = false;
  let closed = false;
  for (const frame of frames) {
    // Of the connection, not of the group.
    if (frame.event === 'notice') continue;
    if (frame.event === 'reset') {
      reset = true;
      pending = [];
    } else if (frame.event === 'closed') closed = true;
    else pending.push(frame);
    if (frame.id === null || pending.length === 0) continue;
    told.push(together(pending));
    pending = [];
  }
  return { told, reset, closed, unfinished: pending.length };
}

function together(frames: readonly FrameAccount[]): Told {
  const status = frames.findLast(({ event }) => event === 'task_group_status')?.data.status as JsonObject | undefined;
  const completed = frames.find(({ event }) => event === 'task_group.completed')?.data.generation;
  return {
    kind: frames[0]!.event === 'snapshot_start' ? 'snapshot' : 'change',
    at: frames.at(-1)!.at,
    rows: frames.flatMap(rowsOf).sort((a, b) => a.row - b.row),
    counts: status?.task_run_status_counts as Told['counts'],
    active: status?.is_active as boolean | undefined,
    blocked: status && (((status.blocked as JsonObject | null)?.reason as string | undefined) ?? null),
    completed: completed as number | undefined,
    announced: frames[0]!.event === 'snapshot_start' ? (frames[0]!.data.rows as number) : undefined,
  };
}

function rowsOf({ event, data }: FrameAccount): RowState[] {
  if (event === 'rows') return (data.rows as JsonObject[]).map((entry) => unbought(entry));
  if (event !== 'task_run.state') return [];
  const { row, attempt, run, result } = data as { row: number; attempt: number; run: JsonObject; result: JsonObject };
  return [{ row, attempt, status: String(run.status), runId: String(run.run_id), result }];
}

function unbought(entry: JsonObject): RowState {
  const { row, attempt, result } = entry as { row: number; attempt: number; result: JsonObject };
  return { row, attempt, status: String(result.$status), runId: null, result };
}

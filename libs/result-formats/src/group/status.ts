import type { Blocked, GroupHeader } from '@multitask/task-group';
import { costOf, type Cost } from './cost';
import { cutToJsonBytes } from './cut';
import { progressOf } from './progress';

/** The upstream's group status, counted over our rows, and why nothing moves when nothing does. */
export interface StatusJson {
  readonly num_task_runs: number;
  /** Sums to `num_task_runs`; statuses without rows are absent. */
  readonly task_run_status_counts: Readonly<Record<string, number>>;
  readonly is_active: boolean;
  readonly status_message: string;
  readonly modified_at: string;
  readonly blocked: {
    readonly reason: Blocked['reason'];
    readonly message: string;
    readonly next_try_at: string;
  } | null;
}

/** Keeps the status probe under 1 KiB whatever reason the upstream gave, in whatever script: everything else takes 790 at most. */
const messageBytes = 205;

export function statusJson(header: GroupHeader): StatusJson {
  const { blocked } = header;
  return {
    num_task_runs: header.rowCount,
    task_run_status_counts: header.counts as Record<string, number>,
    is_active: progressOf(header).active,
    status_message: statusMessage(header),
    modified_at: header.modifiedAt,
    blocked: blocked && {
      reason: blocked.reason,
      message: cutToJsonBytes(blocked.message, messageBytes),
      next_try_at: blocked.nextTryAt,
    },
  };
}

/** The small probe: everything a poller needs, nothing that grows with the group. */
export interface StatusProbe {
  readonly taskgroup_id: string;
  readonly status: StatusJson;
  readonly generation: number;
  readonly created_at: string;
  readonly completed_at: string | null;
  readonly expires_at: string | null;
  readonly cost: Cost;
  readonly upstream: GroupHeader['upstream'];
  /** Only while this may not be the newest state: why, in one sentence. */
  readonly notice?: string;
}

export const statusProbe = (header: GroupHeader, notice: string | null = null): StatusProbe => ({
  taskgroup_id: header.groupId,
  status: statusJson(header),
  generation: header.generation,
  created_at: header.createdAt,
  completed_at: header.completedAt,
  expires_at: header.expiresAt,
  cost: costOf(header),
  upstream: header.upstream,
  ...(notice !== null && { notice }),
});

/** One sentence a person understands. */
export function statusMessage(header: GroupHeader): string {
  const { done, total, completed, unanswered, active } = progressOf(header);
  const rows = total === 1 ? 'row' : 'rows';
  if (active && header.blocked)
    return `Waiting: ${done} of ${total} ${rows} done. ${blockedReason[header.blocked.reason]} ${nextTry(header.blocked)}`;
  if (active) return `${done} of ${total} ${rows} done.`;
  if (unanswered === 0) return total === 1 ? 'The row is done.' : `All ${total} rows are done.`;
  return `Done: ${completed} of ${total} ${rows} completed, ${unanswered} without an answer.`;
}

const blockedReason: Record<Blocked['reason'], string> = {
  credit: 'The Parallel account has not enough credit.',
  key_refused: 'Parallel refused the API key.',
  upstream_down: 'Parallel does not answer as it should.',
};

const nextTry = ({ nextTryAt }: Blocked): string =>
  `The next try is at ${nextTryAt.slice(0, 10)} ${nextTryAt.slice(11, 16)} UTC.`;

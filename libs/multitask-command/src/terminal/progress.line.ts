import type { GroupStatus, RowStatus } from '@multitask/client';

const barWidth = 24;

/** Ends without a result. */
export const withoutResult: readonly RowStatus[] = ['failed', 'cancelled', 'rejected', 'action_required'];

export interface Counts {
  readonly total: number;
  readonly completed: number;
  readonly without: number;
}

export function countsOf({ num_task_runs: total, task_run_status_counts: counts }: GroupStatus): Counts {
  const without = withoutResult.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
  return { total, completed: counts.completed ?? 0, without };
}

/** What the line is made of. */
export interface Progress extends Counts {
  /** Rows a second since we began to look; undefined as long as there is nothing to tell it from. */
  readonly rate: number | undefined;
  /** Why nothing moves, where something says so. */
  readonly remark: string | undefined;
}

/** `[██████──────] 6/12  50 %  1.2/s  5 s left  1 without result` */
export function progressLine({ total, completed, without, rate, remark }: Progress, columns: number): string {
  const done = completed + without;
  const share = total === 0 ? 0 : done / total;
  const filled = Math.round(share * barWidth);
  const parts = [
    `[${'█'.repeat(filled)}${'─'.repeat(barWidth - filled)}] ${done}/${total}`,
    `${Math.floor(share * 100)} %`,
    ...(rate ? [`${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s`, `${duration((total - done) / rate)} left`] : []),
    ...(without > 0 ? [`${without} without result`] : []),
    ...(remark === undefined ? [] : [remark]),
  ];
  const line = parts.join('  ');
  // One that wraps could not be drawn over.
  return line.length < columns ? line : `${line.slice(0, Math.max(0, columns - 2))}…`;
}

/** Seconds as people say them. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3_600)} h`;
}

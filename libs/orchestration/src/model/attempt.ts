/** What became of one claim of a task. `released` and `cancelled` ones cost the task nothing. */
export type AttemptStatus = 'leased' | 'running' | 'completed' | 'failed' | 'expired' | 'released' | 'cancelled';

export interface Attempt {
  readonly id: string;
  readonly taskId: string;
  /** Counted from 1 over all claims of the task, whether they counted or not. */
  readonly number: number;
  readonly workerId: string;
  readonly leaseId: string;
  readonly status: AttemptStatus;
  /** The context the worker was given: what it writes is joined with what others wrote since. */
  readonly contextSnapshotId: string | null;
  readonly startedAt: number;
  readonly endedAt: number | null;
}

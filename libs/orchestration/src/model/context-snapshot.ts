import type { JsonObject } from '@multitask/contracts';

/** What a run, or one task of it, knew at some moment. Snapshots are never changed; each names the one it was made from. */
export interface ContextSnapshot {
  readonly id: string;
  readonly runId: string;
  readonly taskId: string | null;
  /** Only those of the run follow one another as its current one. */
  readonly scope: 'run' | 'task';
  readonly parentId: string | null;
  readonly payload: JsonObject;
  readonly label: string | null;
  readonly createdAt: number;
}

import type { JsonObject } from '@multitask/contracts';
import type { RunCounts } from './run.counts';

export const runStatuses = ['pending', 'active', 'waiting', 'completed', 'failed', 'cancelled'] as const;
export type RunStatus = (typeof runStatuses)[number];

/** A unit of work that many tasks serve. Times are Unix milliseconds by the server's clock. */
export interface Run {
  readonly id: string;
  /** Who may see it; runs of different namespaces never meet. */
  readonly namespace: string;
  readonly externalId: string | null;
  readonly status: RunStatus;
  readonly metadata: JsonObject;
  readonly currentContextSnapshotId: string | null;
  /** Nothing can be enqueued any more, so the run may end for good. */
  readonly sealed: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** A run as a store keeps it. */
export interface RunRecord extends Run {
  /** As far as they were added up; changes since then lie beside as deltas. */
  readonly counts: RunCounts;
  /** See `fair.turn.ts`. */
  readonly lastTurn: number;
}

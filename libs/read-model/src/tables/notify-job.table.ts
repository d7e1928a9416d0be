import type { Generated } from 'kysely';

/**
 * `completed`: a generation ended, its credential is no longer needed. `webhook`: its owner waits to be told.
 * `purge`: a group expired, the log and the vault still hold it.
 */
export type NotifyJobKind = 'completed' | 'webhook' | 'purge';

export interface NotifyJobsTable {
  id: Generated<number>;
  kind: NotifyJobKind;
  group_id: string;
  generation: number;
  /** Attempts made so far. */
  attempt: Generated<number>;
  /** When the first attempt was made, by the business clock. */
  started_at: Date | null;
  due_at: Date;
  claimed_until: Date | null;
  done_at: Date | null;
}

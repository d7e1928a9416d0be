import type { Generated } from 'kysely';
import type { NullableJson } from './json.column';

/**
 * `completed`: a generation ended or was replaced, its credential is no longer needed. `webhook`: its owner waits to be told.
 * `expire`: its owner wants the group forgotten. `purge`: a group expired, the log and the vault still hold it.
 */
export type NotifyJobKind = 'completed' | 'webhook' | 'expire' | 'purge';

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
  /** Of the completed generation: the key that bought it, how its rows ended, and when. */
  credential_id: string | null;
  counts: NullableJson<Record<string, number>>;
  completed_at: Date | null;
  /** Scheme and host of the receiver. */
  endpoint: string | null;
}

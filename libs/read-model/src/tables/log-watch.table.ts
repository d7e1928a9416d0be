import type { Generated } from 'kysely';
import type { NullableJson } from './json.column';

/** The last message of a partition that was seen in the log, whether it was projected or not. */
export interface WitnessTable {
  partition: string;
  incarnation: string;
  seq: number;
  fingerprint: string;
  seen_at: Generated<Date>;
}

/** One for each time the log was found set back; at most one is open. */
export interface RepairsTable {
  id: Generated<number>;
  reason: string;
  noticed_at: Generated<Date>;
  done_at: Date | null;
  report: NullableJson<unknown>;
}

import type { GroupEvent } from '@multitask/contracts';
import type { EventLog, LogEntry } from './event-log';

/** A fact that is stored again, because the log lost it. */
export type FirstStored<E extends GroupEvent = GroupEvent> = E & {
  /** RFC 3339: when it was stored before, if that matters to whoever reads it. Such an event keeps that time. */
  readonly firstStoredAt?: string;
};

export interface PartitionEnd {
  readonly partition: string;
  readonly seq: number;
  readonly fingerprint: string;
}

/** What only those need who look after the log itself. */
export interface RepairableLog extends EventLog {
  /** Everything stored under `filter` from `fromSeq` on, up to the end as it is when the reading starts. */
  read(filter: string, fromSeq: number): AsyncIterable<LogEntry>;
  /** The last message of each partition that has any. */
  partitionEnds(): Promise<PartitionEnd[]>;
  /** From now on positions cannot be compared with those of before. Resolves with the new name. */
  renewIncarnation(): Promise<string>;
  /** Makes the stream again when somebody deleted it. */
  ensure(): Promise<void>;
}

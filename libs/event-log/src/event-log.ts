import type { GroupEvent, RecordedEvent, Writer } from '@multitask/contracts';

/**
 * What must still be true when the events are stored; the log itself enforces it.
 * `writer`: the last message of the group's subject for these events' writer has this sequence (0: there is none).
 * `group`: the last message of any of the group's subjects has this sequence, so no command can be overtaken.
 */
export type Expectation = { readonly of: 'writer' | 'group'; readonly seq: number } | 'any';

export interface Appended {
  readonly firstSeq: number;
  /** Of the last event: the next expectation of the same writer. */
  readonly lastSeq: number;
}

/** A stored message that is no event of ours; whoever reads parks it and goes on. */
export interface UnreadableMessage {
  /** What stands in the subject where a group id should be. */
  readonly groupId: string;
  readonly seq: number;
  /** `ce-id`, empty when there is none. */
  readonly id: string;
  readonly reason: string;
  /** The body, cut after 16 KiB. */
  readonly raw: string;
}

export type LogEntry = (
  | { readonly kind: 'event'; readonly event: RecordedEvent }
  | { readonly kind: 'unreadable'; readonly message: UnreadableMessage }
) & {
  /** Messages that were still behind this one under the tail's filter when the server sent it. Only in tails. */
  readonly pending?: number;
  /** Of the body, parts included. */
  readonly bytes?: number;
};

/** Another writer was faster: fold again and decide again. */
export class FenceRefusedError extends Error {
  override readonly name = 'FenceRefusedError';
}

/** Nobody knows whether the events were stored, and the log cannot be asked right now. */
export class AppendUnclearError extends Error {
  override readonly name = 'AppendUnclearError';
}

/** The log has reached its size limit; nothing was stored. */
export class LogFullError extends Error {
  override readonly name = 'LogFullError';
}

/** The log cannot be read right now: nothing is known about what it holds. */
export class LogUnavailableError extends Error {
  override readonly name = 'LogUnavailableError';
}

/** One event is over the 16 MiB the log takes; nothing was stored. */
export class EventTooLargeError extends Error {
  override readonly name = 'EventTooLargeError';
}

/** The truth about task groups: an ordered, append-only log with a fence. */
export interface EventLog {
  /**
   * Stores all of `events` (one group, one writer, at most 200) or none. Resolves when they are on disk.
   * Rejects with {@link FenceRefusedError}, {@link AppendUnclearError}, {@link LogFullError} or {@link EventTooLargeError}.
   */
  append(groupId: string, events: readonly GroupEvent[], expect: Expectation): Promise<Appended>;

  /**
   * The group's events (of one writer, or of all) from `fromSeq` (default: all) up to the end as it is when the reading starts.
   * This and the other reads reject with {@link LogUnavailableError} when the log does not answer within 15 s.
   */
  readGroup(groupId: string, fromSeq?: number, writer?: Writer): AsyncIterable<LogEntry>;

  /** Sequence of the last message of the group (of one writer, or of all), 0 when there is none. */
  lastSeq(groupId: string, writer?: Writer): Promise<number>;

  /** Everything stored under `filter` from `fromSeq` on, in order, and then live until the signal aborts. Survives reconnects. */
  tail(filter: string, fromSeq: number, signal: AbortSignal): AsyncIterable<LogEntry>;

  /** Forgets the group's messages below `beforeSeq` (default: all of them). */
  purgeGroup(groupId: string, beforeSeq?: number): Promise<void>;

  /** Changes when the log was made anew or rewound; positions of different incarnations cannot be compared. */
  incarnation(): Promise<string>;

  /** A hash of the message stored at `seq`; undefined when there is none. Tells a rewound log from one that merely went on. */
  fingerprint(seq: number): Promise<string | undefined>;

  /** First and last sequence of the whole stream and how full it is, 0 to 1. */
  state(): Promise<{ readonly firstSeq: number; readonly lastSeq: number; readonly fullness: number }>;
}

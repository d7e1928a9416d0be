/** The JetStream stream that tells what happens to runs: `multitask.orchestration.run.<run>.<event type>`. */
export const feedStream = 'multitask-orchestration';
/** An event type has two parts or more, so none of these has the four parts that a subject of the log has. */
export const feedSubjects = 'multitask.orchestration.run.*.*.>';

/** One message of the feed. */
export interface FeedEvent {
  /** As `list_events_since` knows it. */
  readonly id: number;
  /**
   * Counted within the run in the order of the feed. A message may come again, with the same number: whoever has seen a number
   * has seen the message.
   */
  readonly number: number;
  readonly runId: string;
  readonly namespace: string | null;
  readonly taskId: string | null;
  readonly type: string;
  /** Null where it is larger than a message may be: `list_run_events` has it. */
  readonly data: object | null;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** Run ids are chosen by callers: what has a meaning in a subject is written as a percent and two digits. */
const tokenOf = (id: string): string =>
  encodeURIComponent(id.toWellFormed()).replace(/[.*]/g, (character) => (character === '.' ? '%2E' : '%2A'));

export const eventSubject = (runId: string, type: string): string =>
  `multitask.orchestration.run.${tokenOf(runId)}.${type}`;

/** Every event of one run. */
export const runFeedFilter = (runId: string): string => `multitask.orchestration.run.${tokenOf(runId)}.>`;

import { limits } from '@multitask/contracts';

const secondMs = 1_000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;

/** Every number that decides how a group is bought and followed. Times in milliseconds; each is a setting of the ingestor. */
export interface IngestPolicy {
  /** A paid POST starts within this time of asking the log to record it, or it is not made at all. */
  readonly postStartMs: number;
  /** A paid POST is given up this long after the log was asked. */
  readonly postAbortMs: number;
  /** What the promise "no row is bought twice" rests on: an accepted batch shows in the upstream's list within this time. */
  readonly listedWithinMs: number;
  /** Keys of an unclear purchase are not bought again before this much time after the log's timestamp of `RunsRequested`. */
  readonly requestAgainMs: number;
  readonly rowsPerBatch: number;
  /** Above {@link largeGroupRows}: fewer, larger requests, so that a group stays under ten a minute at 1,800 rows a minute. */
  readonly rowsPerLargeBatch: number;
  readonly largeGroupRows: number;
  readonly charactersPerBatch: number;
  readonly specAndInputCharacters: number;
  /** A run's report above this many bytes does not fit into the log. */
  readonly resultBytes: number;
  /** Single rows refused one after the other with the same words, and none accepted, before all rows are taken as refused. */
  readonly refusedAlike: number;
  readonly blockFirstMs: number;
  readonly blockMaxMs: number;
  /** An upstream that has not answered for this long is told to readers; shorter outages are nobody's concern. */
  readonly downToldMs: number;
  /** A list of runs that shows none it has not shown before for this long is given up. */
  readonly listStillMs: number;
  /** A group none of whose rows has moved for this long is brought to its end. */
  readonly giveUpMs: number;
  /** The least time between two `GroupStatusChanged`. */
  readonly statusEveryMs: number;
  /** The same where only the position in the upstream's stream has changed. */
  readonly cursorEveryMs: number;
}

/** Between the end of a POST and the latest listing of what it bought, for clocks that run differently. */
const slackMs = 10 * secondMs;

export const defaultPolicy: IngestPolicy = policyOf({});

/** The policy with some numbers changed; throws {@link RangeError} when they cannot keep the promise about purchases. */
export function policyOf(changes: Partial<IngestPolicy>): IngestPolicy {
  const postAbortMs = changes.postAbortMs ?? 30 * secondMs;
  const listedWithinMs = changes.listedWithinMs ?? 50 * secondMs;
  const policy: IngestPolicy = {
    postStartMs: 5 * secondMs,
    postAbortMs,
    listedWithinMs,
    requestAgainMs: postAbortMs + listedWithinMs + slackMs,
    rowsPerBatch: 100,
    rowsPerLargeBatch: 250,
    largeGroupRows: 500,
    charactersPerBatch: 2 * 1024 * 1024,
    specAndInputCharacters: limits.specAndInputCharacters,
    resultBytes: limits.eventBytes,
    refusedAlike: 5,
    blockFirstMs: minuteMs,
    blockMaxMs: hourMs,
    downToldMs: minuteMs,
    listStillMs: minuteMs,
    giveUpMs: 72 * hourMs,
    statusEveryMs: secondMs,
    cursorEveryMs: 30 * secondMs,
    ...changes,
  };
  if (policy.requestAgainMs < policy.postAbortMs + policy.listedWithinMs)
    throw new RangeError(
      'requestAgainMs must cover postAbortMs and listedWithinMs together, or a row could be bought twice',
    );
  return policy;
}

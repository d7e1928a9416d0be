const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** Waits between one attempt and the next; after the last of them, one more attempt ends the window. */
const waits = [
  5 * second,
  30 * second,
  2 * minute,
  10 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  10 * hour,
  14 * hour,
  24 * hour,
] as const;

/** How long an endpoint may be away, counted from the first attempt. */
const windowMs = 72 * hour;

/** Share of a wait that chance may add or take, so that endpoints that failed together are not called together again. */
const jitterShare = 0.1;

export interface WebhookTry {
  /** Which attempt just failed; the first is 1. */
  readonly attempt: number;
  readonly startedAt: Date;
  readonly now: Date;
  /** From -1 to 1. */
  readonly chance: number;
  /** What the endpoint asked for, in seconds. */
  readonly retryAfter?: number | undefined;
}

/** When the next attempt is due; undefined when three days have passed. An endpoint may ask for a longer wait within them. */
export function nextWebhookTry({ attempt, startedAt, now, chance, retryAfter = 0 }: WebhookTry): Date | undefined {
  const end = startedAt.getTime() + windowMs;
  if (now.getTime() >= end) return undefined;
  const wait = waits[attempt - 1] ?? windowMs;
  const spread = wait * (1 + jitterShare * chance);
  return new Date(Math.min(now.getTime() + Math.max(spread, retryAfter * second), end));
}

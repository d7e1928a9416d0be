import type { RequestAccount } from './request.witness';

/** Who may cut requests by dying. */
export type Gate = 'api-gateway' | 'results-gateway' | 'front-door';

/** Something that was done, and what a caller may notice of it. */
export interface Disturbance {
  readonly what: string;
  readonly from: number;
  /** When whom it hit was gone; for a store, when it answered again. */
  readonly until: number;
  /** Requests that these were answering may fail. */
  readonly cuts: readonly Gate[];
  /** Event streams that these were sending may break off. */
  readonly breaks: readonly Gate[];
  /** Until its end everything may be refused, with 503 and Retry-After. */
  readonly refuses: boolean;
}

export interface Verdict {
  readonly asked: number;
  readonly failed: number;
  readonly brokenStreams: number;
  /** Those of the failed that said 503 and when to come again, by whom they were for. */
  readonly refused: { readonly commands: number; readonly results: number };
  /** The longest that anybody had to repeat a failed request. */
  readonly longestRepeatMs: number;
  readonly violations: readonly string[];
}

/** A connection to a pod that is gone is noticed a little after it is gone. */
const noticedWithinMs = 2_000;

/**
 * Every failed request must have been cut by somebody who died just then, or refused with 503 and Retry-After by somebody whose
 * store was away, and the same request must have succeeded later. `brokenStreams`: when they broke off.
 */
export function judge(
  requests: readonly RequestAccount[],
  brokenStreams: readonly number[],
  disturbances: readonly Disturbance[],
): Verdict {
  const failed = requests.filter(({ status }) => status === null || status >= 400);
  const violations: string[] = [];
  let longestRepeatMs = 0;
  for (const request of failed) {
    if (!isToldToWait(request, failed) && !disturbances.some((disturbance) => explains(disturbance, request)))
      violations.push(inWords(request));
    const repeated = requests.find(
      ({ key, at, status }) => key === request.key && at >= request.endedAt && status !== null && status < 400,
    );
    if (repeated) longestRepeatMs = Math.max(longestRepeatMs, repeated.endedAt - request.endedAt);
    else violations.push(`never succeeded when repeated: ${inWords(request)}`);
  }
  for (const at of brokenStreams)
    if (!disturbances.some((one) => one.breaks.length > 0 && at >= one.from && at <= one.until + noticedWithinMs))
      violations.push(`an event stream broke off at ${time(at)}, and nobody who sent it was stopped`);
  const refused = failed.filter(isRefusal);
  return {
    asked: requests.length,
    failed: failed.length,
    brokenStreams: brokenStreams.length,
    refused: {
      commands: refused.filter((request) => gateOf(request) === 'api-gateway').length,
      results: refused.filter((request) => gateOf(request) === 'results-gateway').length,
    },
    longestRepeatMs,
    violations,
  };
}

function explains({ from, until, cuts, refuses }: Disturbance, request: RequestAccount): boolean {
  const { at, endedAt, status } = request;
  if (endedAt < from || at > until + noticedWithinMs) return false;
  if (refuses && isRefusal(request)) return true;
  if (status !== null && !isRefusal(request)) return false;
  return cuts.includes('front-door') || cuts.includes(gateOf(request));
}

/** A repetition while the call before, which failed for its caller, is still being worked on. */
const isToldToWait = ({ key, at, status }: RequestAccount, failed: readonly RequestAccount[]): boolean =>
  status === 409 && failed.some((one) => one.key === key && one.status !== 409 && one.endedAt <= at);

const isRefusal = ({ status, retryAfter }: RequestAccount): boolean => status === 503 && Number(retryAfter) > 0;

const gateOf = ({ path }: RequestAccount): Gate => (path.startsWith('/v1beta/') ? 'api-gateway' : 'results-gateway');

const inWords = ({ method, path, at, endedAt, status, retryAfter, says }: RequestAccount): string =>
  `${method} ${path} from ${time(at)} to ${time(endedAt)}: ${status ?? 'no answer'}${
    status === 503 && retryAfter === null ? ' without Retry-After' : ''
  } ${says.slice(0, 200)}`;

const time = (at: number): string => new Date(at).toISOString().slice(11, 23);

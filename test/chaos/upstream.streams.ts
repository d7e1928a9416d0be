import type { UpstreamRequest } from './ledger';

/** One try of the product to follow a group of the upstream, as the upstream saw it. */
export type StreamAttempt = UpstreamRequest & { readonly group: string };

/** Tries at event streams, in the order they came. */
export const streamAttempts = (requests: readonly UpstreamRequest[]): StreamAttempt[] =>
  requests
    .filter((request): request is StreamAttempt => request.endpoint === 'group_events' && request.group !== null)
    .sort((a, b) => a.at - b.at);

/** Each try with the next one at the same group. */
export function consecutive(attempts: readonly StreamAttempt[]): [StreamAttempt, StreamAttempt][] {
  const last = new Map<string, StreamAttempt>();
  const pairs: [StreamAttempt, StreamAttempt][] = [];
  for (const attempt of attempts) {
    const before = last.get(attempt.group);
    if (before) pairs.push([before, attempt]);
    last.set(attempt.group, attempt);
  }
  return pairs;
}

/** What a try asked to go on from; null where it began at the beginning. */
export const cursorOf = ({ query }: StreamAttempt): string | null =>
  new URLSearchParams(query ?? '').get('last_event_id');

/** Milliseconds from a refusal until the same group was tried again. */
export const waitsAfter = (attempts: readonly StreamAttempt[], status: number): number[] =>
  consecutive(attempts).flatMap(([before, next]) =>
    before.status === status ? [next.at - (before.closedAt ?? before.at)] : [],
  );

/** Groups that one of these tries followed, for however long. */
export const followedGroups = (attempts: readonly StreamAttempt[]): Set<string> =>
  new Set(attempts.filter(({ status }) => status === 200).map(({ group }) => group));

import { consecutive, cursorOf, followedGroups, streamAttempts, waitsAfter } from './upstream.streams';

const request = (group: string, at: number, closedAt: number | null, status = 200, query: string | null = null) => ({
  endpoint: 'group_events',
  group,
  at,
  closedAt,
  status,
  query,
});
const attempts = streamAttempts([
  request('a', 3_000, null, 200, 'last_event_id=e7'),
  request('a', 0, 500, 429),
  request('b', 100, 200, 503),
  request('b', 1_200, 9_000),
  { ...request('a', 1, 2), endpoint: 'list_runs' },
]);

describe('tries at event streams', () => {
  it('are told apart by group, in order', () => {
    expect(consecutive(attempts).map(([before, next]) => [before.group, next.at - before.at])).toEqual([
      ['b', 1_100],
      ['a', 3_000],
    ]);
  });

  it('tell how long a refusal was heeded, and from where they went on', () => {
    expect(waitsAfter(attempts, 429)).toEqual([2_500]);
    expect(waitsAfter(attempts, 503)).toEqual([1_000]);
    expect(attempts.map(cursorOf)).toEqual([null, null, null, 'e7']);
  });

  it('follow a group unless they were refused', () => {
    expect([...followedGroups(attempts)].sort()).toEqual(['a', 'b']);
    expect([...followedGroups(attempts.filter(({ at }) => at < 1_000))]).toEqual([]);
  });
});

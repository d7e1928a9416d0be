import { judge, type Disturbance } from './request.judge';
import type { RequestAccount } from './request.witness';

const read = (at: number, more: Partial<RequestAccount> = {}): RequestAccount => ({
  method: 'GET',
  path: '/tgrp_1.json',
  key: 'GET /tgrp_1.json',
  at,
  endedAt: at + 100,
  status: 200,
  retryAfter: null,
  type: 'application/json',
  says: '',
  ...more,
});
const create = (at: number, more: Partial<RequestAccount> = {}): RequestAccount =>
  read(at, { method: 'POST', path: '/v1beta/tasks/multitask', key: 'POST create 1', ...more });
const cut = { status: null, says: 'ECONNRESET' };
const refused = { status: 503, retryAfter: '2' };

const death = (part: 'api-gateway' | 'results-gateway' | 'front-door'): Disturbance => ({
  what: `${part} killed`,
  from: 10_000,
  until: 11_000,
  cuts: [part],
  breaks: [part],
  refuses: false,
});
const away: Disturbance = { what: 'no Postgres', from: 10_000, until: 20_000, cuts: [], breaks: [], refuses: true };

describe('a failed request', () => {
  it('is excused when whoever answered it died just then and it succeeded when repeated', () => {
    const requests = [read(9_950, cut), read(10_500)];
    expect(judge(requests, [], [death('results-gateway')])).toMatchObject({
      asked: 2,
      failed: 1,
      longestRepeatMs: 550,
      violations: [],
    });
  });

  it('is excused for everybody when the front door died', () => {
    const requests = [read(9_950, cut), read(10_500), create(9_950, cut), create(10_500)];
    expect(judge(requests, [], [death('front-door')]).violations).toEqual([]);
  });

  it.each<[string, RequestAccount[], Disturbance[], RegExp]>([
    ['nobody died', [read(1_000, cut), read(1_200)], [], /ECONNRESET/],
    ['it was over before', [read(9_000, cut), read(9_200)], [death('results-gateway')], /ECONNRESET/],
    ['it began long after', [read(14_000, cut), read(14_200)], [death('results-gateway')], /ECONNRESET/],
    ['somebody else died', [create(9_950, cut), create(10_500)], [death('results-gateway')], /POST .*ECONNRESET/],
    ['it was never repeated', [read(9_950, cut)], [death('results-gateway')], /never succeeded when repeated/],
    ['another one was', [create(9_950, cut), read(11_000)], [death('api-gateway')], /never succeeded when repeated/],
    ['its repetition failed', [read(9_950, cut), read(10_100, cut)], [death('results-gateway')], /never succeeded/],
    ['it was refused as a fault', [read(9_950, { status: 500 }), read(10_500)], [death('results-gateway')], /500/],
    ['503 says no more', [read(12_000, { status: 503 }), read(21_000)], [away], /without Retry-After/],
    ['a store that is away gives no answer', [read(12_000, cut), read(21_000)], [away], /ECONNRESET/],
  ])('is a violation when %s', (_, requests, disturbances, says) => {
    const { violations } = judge(requests, [], disturbances);
    expect(violations[0]).toMatch(says);
  });

  it('may be followed by one that is told to wait for it, and by nothing else', () => {
    const told = { status: 409, says: 'request_in_progress' };
    const requests = [create(9_950, cut), create(10_500, told), create(11_500)];
    expect(judge(requests, [], [death('api-gateway')]).violations).toEqual([]);
    expect(judge([create(10_500, told), create(11_500)], [], []).violations).toHaveLength(1);
  });

  it('is counted by whom it was for when a store was away', () => {
    const requests = [
      create(12_000, refused),
      create(15_000, refused),
      read(12_000, refused),
      read(21_000),
      create(21_000),
    ];
    expect(judge(requests, [], [away])).toMatchObject({ refused: { commands: 2, results: 1 }, violations: [] });
  });
});

describe('a stream that broke off', () => {
  it('is excused only while somebody who sends streams was stopped', () => {
    expect(judge([], [10_900], [death('results-gateway')]).violations).toEqual([]);
    expect(judge([], [10_900], [{ ...death('api-gateway'), breaks: [] }]).violations).toHaveLength(1);
    expect(judge([], [30_000], [death('results-gateway')]).violations).toHaveLength(1);
  });
});

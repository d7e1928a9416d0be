import type { LogMessage } from '../../chaos/ledger';
import { lateOf, openPurchases, waitsOf } from './dark.wait';

let seq = 0;
const said = (group: string, at: number, type: string, data: LogMessage['data'] = {}): LogMessage => ({
  seq: ++seq,
  at,
  group,
  partition: '00',
  writer: type.startsWith('webhook') ? 'notify' : 'ingest',
  type: `multitask.${type}.v1`,
  id: `${seq}`,
  source: '',
  fence: null,
  data,
});
const started = (group: string, at: number, holder: string) => said(group, at, 'ingest.started', { holder });
const requested = (group: string, at: number, batch: number) => said(group, at, 'runs.requested', { batch });
const added = (group: string, at: number, batch: number) => said(group, at, 'runs.added', { batch });
const completed = (group: string, at: number) => said(group, at, 'group.completed');

const dark = 10_000;
const ingestors = ['demo-ingestor-a'];

describe('open purchases', () => {
  it('are those that were asked for by an ingestor of the node and not answered', () => {
    const messages = [
      ...[started('g', 1, 'demo-ingestor-a-1'), requested('g', 2, 1), added('g', 3, 1), requested('g', 4, 2)],
      ...[started('h', 1, 'demo-ingestor-b-1'), requested('h', 2, 1)],
    ];
    expect(openPurchases(messages, ingestors)).toEqual([{ group: 'g', at: 4 }]);
  });
});

describe('the longest silence of a group', () => {
  const before = [started('g', 1_000, 'demo-ingestor-a'), requested('g', 9_000, 1)];

  it('lasts from the dark, or from what was heard last, to what is heard next', () => {
    const messages = [...before, added('g', 30_000, 1), said('g', 80_000, 'run.updated'), completed('g', 81_000)];
    expect(waitsOf(messages, dark, ingestors)).toEqual([{ group: 'g', ms: 50_000, unanswered: true }]);
  });

  it('does not count the wait for a webhook after the end', () => {
    const messages = [...before, completed('g', 12_000), said('g', 300_000, 'webhook.attempted')];
    expect(waitsOf(messages, dark, ingestors)).toMatchObject([{ ms: 2_000 }]);
  });

  it('does not end for a group of which nothing was heard again, and is not asked of one that was done', () => {
    expect(waitsOf(before, dark, ingestors)).toMatchObject([{ ms: Infinity }]);
    expect(waitsOf([...before, completed('g', 9_500)], dark, ingestors)).toEqual([]);
  });
});

describe('a wait that is too long', () => {
  const answered = { group: 'g', ms: 61_000, unanswered: false };
  const unanswered = { group: 'h', ms: 149_000, unanswered: true };

  it('is 60 s, with an unanswered purchase 150', () => {
    expect(lateOf([{ ...answered, ms: 59_000 }, unanswered])).toEqual([]);
    expect(lateOf([answered, unanswered])).toEqual(['nothing was heard of g for 61.0 s']);
    expect(lateOf([{ ...unanswered, ms: 151_000 }])).toEqual(['nothing was heard of h for 151.0 s']);
  });

  it('is asked of at least one group, and of one with an unanswered purchase', () => {
    expect(lateOf([])).toEqual(['no group was under way', 'no group had an unanswered purchase']);
    expect(lateOf([{ ...answered, ms: 1 }])).toEqual(['no group had an unanswered purchase']);
  });
});

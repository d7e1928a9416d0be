import type { Ledger } from './ledger';
import { sharesBetween, sumOf } from './participants/work.shares';
import { recordedLedger, type Draft } from './recorded/recorded.ledger';
import { gapsOfHandOver, heldBy, percentile, readerLags, resultLags, standstillsAfter } from './standstill';

const started = 'multitask.ingest.started.v1';

/** The recorded round, in which one ingestor was frozen and the other took its group over. */
const recorded = () => recordedLedger();
const starts = (ledger: Ledger) => ledger.log.messages.filter(({ type }) => type === started);
const takenOver = (ledger: Ledger) => {
  const group = starts(ledger).find(({ group, seq }) => starts(ledger).some((m) => m.group === group && m.seq < seq))!;
  const before = starts(ledger).find((m) => m.group === group.group)!;
  return { group: group.group, dead: String(before.data.holder), at: before.at + 1, takenAt: group.at };
};

describe('a group whose holder is hit', () => {
  it('is its until another one takes it over or it is complete', () => {
    const ledger = recorded();
    const { group, dead, at, takenAt } = takenOver(ledger);
    expect(heldBy(ledger.log, at, dead)).toContain(group);
    expect(heldBy(ledger.log, takenAt, dead)).not.toContain(group);
    expect(heldBy(ledger.log, Infinity, String(starts(ledger).at(-1)!.data.holder))).toEqual([]);
  });

  it('stands still until then; for ever when nobody does', () => {
    const ledger = recorded();
    const { group, dead, at, takenAt } = takenOver(ledger);
    expect(standstillsAfter(ledger, at, dead).takeover).toBe(takenAt - at);
    ledger.log.messages = ledger.log.messages.filter((m) => m.group !== group || m.at < takenAt);
    expect(standstillsAfter(ledger, at, dead).takeover).toBe(Infinity);
    expect(standstillsAfter(ledger, at).takeover).toBeNull();
  });

  it('is silent from the last word of one holder to the first of the next', () => {
    const ledger = recorded();
    const { group, dead, at, takenAt } = takenOver(ledger);
    const facts = ledger.log.messages.filter((m) => m.group === group && m.writer === 'ingest');
    const last = facts.findLast((m) => m.at < takenAt)!;
    const next = facts.find((m) => m.at >= takenAt && m.type !== started)!;
    expect(gapsOfHandOver(ledger, at, dead)).toContain(next.at - Math.max(last.at, at));
  });
});

describe('what is told late', () => {
  const later = (ledger: Draft<Ledger>, ms: number) => {
    for (const message of ledger.log.messages) message.at -= ms;
    return ledger;
  };
  it('is late by so much for each who waits', () => {
    expect(Math.max(...resultLags(recorded(), 0))).toBeLessThan(1_000);
    expect(Math.max(...resultLags(later(recorded(), 5_000), 0))).toBeGreaterThanOrEqual(4_000);
    expect(readerLags(recorded(), Infinity)).toEqual([]);
    expect(readerLags(recorded(), 0).length).toBeGreaterThan(0);
  });

  it('is for ever when a webhook never comes, and nothing where nothing was to come', () => {
    const ledger = recorded();
    expect(standstillsAfter(ledger, 0).webhook).toBeLessThan(60_000);
    ledger.deliveries = [];
    expect(standstillsAfter(ledger, 0).webhook).toBe(Infinity);
    expect(standstillsAfter(ledger, Number.MAX_SAFE_INTEGER)).toEqual({
      takeover: null,
      result: null,
      reader: null,
      create: null,
      webhook: null,
    });
  });
});

describe('shares of the work', () => {
  it('are what each process did between two looks', () => {
    const look = (one: number, two: number) => new Map([['notifier', new Map(Object.entries({ one, two }))]]);
    expect(sharesBetween(look(5, 5), look(8, 6)).get('notifier')).toEqual(
      new Map(Object.entries({ one: 0.75, two: 0.25 })),
    );
    expect(sharesBetween(look(5, 5), look(5, 5)).get('notifier')!.get('one')).toBe(0);
  });

  it('come from metrics over all their labels', () => {
    const text = '# HELP m x\nm{a="1"} 2\nm{a="2"} 3\nm_other{a="1"} 7\nplain 4\n';
    expect([sumOf(text, 'm'), sumOf(text, 'plain'), sumOf(text, 'absent')]).toEqual([5, 4, 0]);
  });
});

it('a percentile is a value that was seen', () => {
  expect([percentile([3, 1, 2], 0.5), percentile([1, 2, 3, 4], 0.95), percentile([], 0.5)]).toEqual([2, 4, null]);
});

import { randomBytes } from 'node:crypto';
import {
  commandFilter,
  event,
  partitionFilter,
  partitionOf,
  type GroupEvent,
  type RecordedEvent,
} from '@multitask/contracts';
import { EventTooLargeError, FenceRefusedError, type EventLog, type LogEntry } from './event-log';

export const newGroupId = (): string => `tgrp_${randomBytes(16).toString('hex')}`;

export const started = (holder: string) => event('IngestStarted', { holder, lease_revision: 1 });
export const cancelled = (generation: number) => event('CancelRequested', { generation });
export const expired = () => event('GroupExpired', { reason: 'ttl', expired_at: '2026-01-01T00:00:00.000Z' });

/** An event of about `bytes` bytes whose text shows every misplaced piece. */
export function large(bytes: number, seed = 0): GroupEvent {
  const words = Array.from({ length: Math.ceil(bytes / 8) }, (_, i) => String(i + seed).padStart(7, '0'));
  return event('RowsAccepted', { batch_id: 'b', first_row: 0, inputs: [words.join('é').slice(0, bytes)] });
}

export async function all(entries: AsyncIterable<LogEntry>): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const entry of entries) {
    if (entry.kind !== 'event') throw new Error(`unreadable: ${entry.message.reason}`);
    events.push(entry.event);
  }
  return events;
}

/** The first `count` events of a tail. */
export async function take(entries: AsyncIterable<LogEntry>, count: number): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const entry of entries) {
    if (entry.kind === 'event') events.push(entry.event);
    if (events.length === count) break;
  }
  return events;
}

export const bare = ({ name, data }: RecordedEvent | GroupEvent) => ({ name, data });

/** What every event log does; `open` gives one that is shared by the tests, each of which uses groups of its own. */
export function eventLogContract(open: () => EventLog): void {
  const log = (): EventLog => open();

  it('gives back what was appended, in order, with its place', async () => {
    const group = newGroupId();
    const one = await log().append(group, [started('a')], 'any');
    const two = await log().append(group, [started('b'), started('c')], { of: 'writer', seq: one.lastSeq });
    const events = await all(log().readGroup(group));
    expect(events.map(bare)).toEqual([started('a'), started('b'), started('c')].map(bare));
    expect(events.map(({ seq }) => seq)).toEqual([one.lastSeq, two.firstSeq, two.lastSeq]);
    expect(two.firstSeq).toBe(two.lastSeq - 1);
    expect(new Set(events.map(({ id }) => id)).size).toBe(3);
    for (const { groupId, time } of events) {
      expect(groupId).toBe(group);
      expect(new Date(time).toISOString()).toBe(time);
    }
  });

  it('reads from a sequence on', async () => {
    const group = newGroupId();
    const { lastSeq } = await log().append(group, [started('a'), started('b'), started('c')], 'any');
    expect((await all(log().readGroup(group, lastSeq))).map(bare)).toEqual([bare(started('c'))]);
    expect(await all(log().readGroup(group, lastSeq + 1))).toEqual([]);
    expect(await all(log().readGroup(newGroupId()))).toEqual([]);
  });

  it('reads one writer alone, with events in parts', async () => {
    const group = newGroupId();
    const commands = [cancelled(1), large(600_000)];
    await log().append(group, commands, 'any');
    await log().append(group, [started('a')], 'any');
    expect((await all(log().readGroup(group, 1, 'command'))).map(bare)).toEqual(commands.map(bare));
    expect((await all(log().readGroup(group, 1, 'ingest'))).map(bare)).toEqual([bare(started('a'))]);
  });

  it('refuses a writer whose subject has moved on, and stores nothing of it', async () => {
    const group = newGroupId();
    const { lastSeq } = await log().append(group, [started('a')], { of: 'writer', seq: 0 });
    for (const stale of [[started('b')], [started('b'), started('c')], [large(600_000)]] as GroupEvent[][]) {
      const seq = stale[0]!.name === 'RowsAccepted' ? 999_999_999 : 0;
      await expect(log().append(group, stale, { of: 'writer', seq })).rejects.toThrow(FenceRefusedError);
    }
    expect(await log().lastSeq(group)).toBe(lastSeq);
  });

  it('fences a writer by its own subject only, and a group by all of its subjects', async () => {
    const group = newGroupId();
    const mine = await log().append(group, [started('a')], { of: 'group', seq: 0 });
    const command = await log().append(group, [cancelled(1)], 'any');
    await expect(log().append(group, [started('b')], { of: 'group', seq: mine.lastSeq })).rejects.toThrow(
      FenceRefusedError,
    );
    await expect(log().append(group, [started('b'), started('c')], { of: 'group', seq: mine.lastSeq })).rejects.toThrow(
      FenceRefusedError,
    );
    const next = await log().append(group, [started('b')], { of: 'writer', seq: mine.lastSeq });
    expect(next.lastSeq).toBeGreaterThan(command.lastSeq);
    expect(await log().lastSeq(group)).toBe(next.lastSeq);
    expect(await log().lastSeq(group, 'command')).toBe(command.lastSeq);
    expect(await log().lastSeq(group, 'notify')).toBe(0);
  });

  it('lets exactly one of many concurrent writers win', async () => {
    const group = newGroupId();
    const { lastSeq } = await log().append(group, [started('a')], 'any');
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) =>
        log().append(group, i % 2 ? [started(`w${i}`)] : [started(`w${i}`), started(`w${i}`)], {
          of: 'writer',
          seq: lastSeq,
        }),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(FenceRefusedError);
    const holders = (await all(log().readGroup(group))).map((e) => (e.name === 'IngestStarted' ? e.data.holder : ''));
    expect(new Set(holders).size).toBe(2);
  });

  it('takes 200 events at once and no more', async () => {
    const group = newGroupId();
    const many = Array.from({ length: 200 }, (_, i) => started(String(i)));
    await log().append(group, many, { of: 'writer', seq: 0 });
    expect((await all(log().readGroup(group))).map(bare)).toEqual(many.map(bare));
    await expect(log().append(group, [...many, started('x')], 'any')).rejects.toThrow(TypeError);
    await expect(log().append(group, [], 'any')).rejects.toThrow(TypeError);
  });

  it('refuses what could never be read again, and events of two writers', async () => {
    const broken = event('CancelRequested', { generation: 'one' as unknown as number });
    await expect(log().append(newGroupId(), [broken], 'any')).rejects.toThrow('generation');
    await expect(log().append(newGroupId(), [started('a'), cancelled(1)], 'any')).rejects.toThrow(TypeError);
  });

  it('keeps large events whole, alone and among small ones', async () => {
    const group = newGroupId();
    const events = [cancelled(1), large(2 * 1024 * 1024), large(262_144), cancelled(2), large(700_000, 5)];
    const { firstSeq, lastSeq } = await log().append(group, events, { of: 'group', seq: 0 });
    const read = await all(log().readGroup(group));
    expect(read.map(bare)).toEqual(events.map(bare));
    expect([read[0]!.seq, read.at(-1)!.seq]).toEqual([firstSeq, lastSeq]);
    const next = await log().append(group, [large(600_000)], { of: 'writer', seq: lastSeq });
    await expect(log().append(group, [large(600_000)], { of: 'writer', seq: lastSeq })).rejects.toThrow(
      FenceRefusedError,
    );
    expect(await log().lastSeq(group)).toBe(next.lastSeq);
  });

  it('refuses an event over 16 MiB', async () => {
    const row = 'x'.repeat(16 * 1024 * 1024);
    const tooLarge = event('RowsAccepted', { batch_id: 'b', first_row: 0, inputs: [row] });
    await expect(log().append(newGroupId(), [tooLarge], 'any')).rejects.toThrow(EventTooLargeError);
  });

  it('tails a partition: what is there, then what comes, parts assembled', async () => {
    const group = newGroupId();
    const first = await log().append(group, [started('a'), started('b')], 'any');
    const stop = new AbortController();
    const tailed = take(log().tail(partitionFilter(partitionOf(group)), first.firstSeq, stop.signal), 4);
    await log().append(group, [large(2 * 1024 * 1024)], 'any');
    await log().append(group, [cancelled(1)], 'any');
    expect((await tailed).map(bare)).toEqual(
      [started('a'), started('b'), large(2 * 1024 * 1024), cancelled(1)].map(bare),
    );
  });

  it('tails one writer with the parts of its large events', async () => {
    const group = newGroupId();
    const { firstSeq } = await log().append(group, [started('a')], 'any');
    await log().append(group, [large(700_000)], 'any');
    await log().append(group, [started('b')], 'any');
    await log().append(group, [cancelled(1)], 'any');
    const stop = new AbortController();
    const own: LogEntry[] = [];
    for await (const entry of log().tail(commandFilter, firstSeq, stop.signal)) {
      if (entry.kind === 'event' && entry.event.groupId === group) own.push(entry);
      if (own.length === 2) break;
    }
    expect(own.map((entry) => entry.kind === 'event' && bare(entry.event))).toEqual(
      [large(700_000), cancelled(1)].map(bare),
    );
  });

  it('ends a tail when its signal aborts, also while it waits', async () => {
    const stop = new AbortController();
    const ended = all(log().tail(partitionFilter('00'), 1_000_000, stop.signal));
    stop.abort();
    expect(await ended).toEqual([]);
    expect(await all(log().tail(partitionFilter('00'), 1, stop.signal))).toEqual([]);
  });

  it('forgets a group up to its tombstone and goes on reading', async () => {
    const [group, other] = [newGroupId(), newGroupId()];
    const first = await log().append(group, [started('a'), started('b')], 'any');
    await log().append(other, [started('other')], 'any');
    const tombstone = await log().append(group, [expired()], { of: 'group', seq: first.lastSeq });
    await log().purgeGroup(group, tombstone.lastSeq);
    expect((await all(log().readGroup(group))).map(bare)).toEqual([bare(expired())]);
    expect(await log().lastSeq(group)).toBe(tombstone.lastSeq);
    expect(await all(log().readGroup(other))).toHaveLength(1);
    await log().purgeGroup(group);
    expect(await log().lastSeq(group)).toBe(0);
  });

  it('tells a stored message from another one, and says when there is none', async () => {
    const group = newGroupId();
    const { firstSeq, lastSeq } = await log().append(group, [started('a'), started('a')], 'any');
    const [one, two] = [await log().fingerprint(firstSeq), await log().fingerprint(lastSeq)];
    expect(one).toBeTruthy();
    expect(one).not.toBe(two);
    expect(await log().fingerprint(firstSeq)).toBe(one);
    await log().purgeGroup(group);
    expect(await log().fingerprint(firstSeq)).toBeUndefined();
    expect(await log().fingerprint(0)).toBeUndefined();
  });

  it('keeps its incarnation and says how far it goes', async () => {
    const { lastSeq } = await log().append(newGroupId(), [started('a')], 'any');
    expect(await log().incarnation()).toBeTruthy();
    expect(await log().incarnation()).toBe(await log().incarnation());
    const state = await log().state();
    expect(state.lastSeq).toBeGreaterThanOrEqual(lastSeq);
    expect(state.firstSeq).toBeGreaterThan(0);
    expect(state.fullness).toBeGreaterThan(0);
    expect(state.fullness).toBeLessThan(1);
  });
}

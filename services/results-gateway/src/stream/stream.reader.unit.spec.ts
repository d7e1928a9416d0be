import type { ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import type { RecordedEvent } from '@multitask/contracts';
import { InMemoryEventLog } from '@multitask/event-log';
import { createLogger, Metrics } from '@multitask/platform';
import type { GroupReader } from '@multitask/read-model';
import { eventually, GroupStory, storyGroupId } from '@multitask/testing';
import { createParser } from 'eventsource-parser';
import { SpoolSpace } from '../export/spool.space';
import { GroupSource } from '../group/group.source';
import { FoldTurns } from './fold.turns';
import { ReaderConnection } from './reader.connection';
import { StreamMetrics } from './stream.metrics';
import { StreamReader } from './stream.reader';
import { TailRegistry } from './tail.registry';

const logger = createLogger('test', { level: 'silent', format: 'json' });
const nothing = () => Promise.resolve(undefined);
const noReadModel = { snapshot: nothing, header: nothing, page: nothing } as unknown as GroupReader;

/** A log that can be exchanged for another one, as an operator does who restores a backup. */
class ExchangeableLog extends InMemoryEventLog {
  current = 'first';
  override incarnation(): Promise<string> {
    return Promise.resolve(this.current);
  }
}

async function open(log: ExchangeableLog, story: GroupStory) {
  for (const { name, data } of story.events) await log.append(storyGroupId, [{ name, data } as RecordedEvent], 'any');
  const source = new GroupSource(noReadModel, log, logger);
  const tails = new TailRegistry({ source, log, logger, spillSpace: new SpoolSpace() }, undefined, {
    lingerMs: 40,
    incarnationCheckMs: 10,
  });
  const response = new PassThrough();
  const types: string[] = [];
  const parser = createParser({ onEvent: ({ event }) => types.push(event!) });
  response.on('data', (chunk: Buffer) => parser.feed(chunk.toString()));
  const connection = new ReaderConnection(response as unknown as ServerResponse);
  const request = { groupId: storyGroupId, after: undefined, reset: false, follow: true };
  const metrics = new StreamMetrics(new Metrics('test', { processMetrics: false }));
  const reader = new StreamReader(request, connection, tails, log, new FoldTurns(), metrics);
  return { tails, connection, types, done: reader.run() };
}

describe('a reader', () => {
  it('of a log that was exchanged is told to forget, and gets the group anew', async () => {
    const log = new ExchangeableLog();
    const { tails, connection, types, done } = await open(log, new GroupStory().created(['a']));
    await eventually(() => types.includes('snapshot_end'));
    log.current = 'second';
    await eventually(() => types.filter((type) => type === 'snapshot_end').length === 2);
    expect(types.filter((type) => type === 'reset')).toHaveLength(1);
    connection.depart('left');
    await done;
    await tails.close();
  });

  it('that leaves lets its tail go after a while', async () => {
    let tailCount = 0;
    const log = new ExchangeableLog();
    const source = new GroupSource(noReadModel, log, logger);
    const tails = new TailRegistry(
      { source, log, logger, spillSpace: new SpoolSpace() },
      (count) => (tailCount = count),
      {
        lingerMs: 40,
        incarnationCheckMs: 1_000,
      },
    );
    for (const { name, data } of new GroupStory().created(['a']).events)
      await log.append(storyGroupId, [{ name, data } as RecordedEvent], 'any');
    const tail = await tails.open(storyGroupId);
    const stopListening = tail.listen({ advanced: () => {}, ended: () => {} });
    expect(await tails.open(storyGroupId)).toBe(tail);
    stopListening();
    await eventually(() => tailCount === 0);
    expect(await tails.open(storyGroupId)).not.toBe(tail);
    await tails.close();
  });

  it('of a group that is not there is refused, and nothing is kept open for it', async () => {
    const log = new ExchangeableLog();
    const source = new GroupSource(noReadModel, log, logger);
    let tailCount = 1;
    const tails = new TailRegistry(
      { source, log, logger, spillSpace: new SpoolSpace() },
      (count) => (tailCount = count),
    );
    await expect(tails.open(storyGroupId)).rejects.toMatchObject({ code: 'group_not_found' });
    await eventually(() => tailCount === 0);
    await tails.close();
  });
});

describe('readers that were away and take their time', () => {
  const slowReaders = 8;

  it('hold up nobody who was away as well', async () => {
    const log = new ExchangeableLog();
    const story = new GroupStory().created(['a', 'b', 'c']).bought([0, 1, 2]);
    for (const row of [0, 1, 2]) story.completedRow(row, { text: 'x'.repeat(40_000) });
    for (const { name, data } of story.events) await log.append(storyGroupId, [{ name, data } as RecordedEvent], 'any');
    const source = new GroupSource(noReadModel, log, logger);
    const tails = new TailRegistry({ source, log, logger, spillSpace: new SpoolSpace() });
    const turns = new FoldTurns();
    const metrics = new StreamMetrics(new Metrics('test', { processMetrics: false }));
    // The position right after the creation: a tail that begins now does not know what followed.
    const request = { groupId: storyGroupId, after: 2, reset: false, follow: true };
    const join = (response: PassThrough) => {
      const connection = new ReaderConnection(response as unknown as ServerResponse);
      return { connection, done: new StreamReader(request, connection, tails, log, turns, metrics).run() };
    };

    const slow = Array.from({ length: slowReaders }, () => join(new PassThrough()));
    await eventually(() => slow.every(({ connection }) => connection.queuedBytes > 0 && !connection.ready));
    const response = new PassThrough();
    const completed: number[] = [];
    const parser = createParser({
      onEvent: ({ event, data }) => {
        const { row, run } = JSON.parse(data) as { row: number; run?: { status: string } };
        if (event === 'task_run.state' && run?.status === 'completed') completed.push(row);
      },
    });
    response.on('data', (chunk: Buffer) => parser.feed(chunk.toString()));
    const healthy = join(response);
    await eventually(() => completed.length === 3);

    expect(completed).toEqual([0, 1, 2]);
    expect(slow.map(({ connection }) => connection.open)).toEqual(slow.map(() => true));
    for (const { connection, done } of [...slow, healthy]) {
      connection.depart('left');
      await done;
    }
    await tails.close();
  });
});

describe('a reader that comes back to more than is kept in memory', () => {
  it('is given what it missed from disk, and the log is not read for it again', async () => {
    const log = new ExchangeableLog();
    const rows = Array.from({ length: 160 }, (_, i) => i);
    const story = new GroupStory().created(rows.map(String)).bought(rows);
    const known = story.events.length;
    // Six megabytes: the ring has four.
    for (const row of rows) story.completedRow(row, { text: 'x'.repeat(40_000) });
    const append = async (events: typeof story.events) => {
      for (const { name, data } of events) await log.append(storyGroupId, [{ name, data } as RecordedEvent], 'any');
    };
    await append(story.events.slice(0, known));
    const source = new GroupSource(noReadModel, log, logger);
    const space = new SpoolSpace();
    const tails = new TailRegistry({ source, log, logger, spillSpace: space });
    const tail = await tails.open(storyGroupId);
    const stay = tail.listen({ advanced: () => undefined, ended: () => undefined });
    for (const event of story.events.slice(known)) {
      await append([event]);
      // As from a network: what is written to disk gets its turn.
      await new Promise(setImmediate);
    }
    await eventually(() => !tail.ring.covers(known) && tail.seq === story.events.length);

    const readGroup = jest.spyOn(log, 'readGroup');
    const response = new PassThrough();
    const completed: number[] = [];
    const parser = createParser({
      onEvent: ({ event, data }) => {
        const { row, run } = JSON.parse(data) as { row: number; run?: { status: string } };
        if (event === 'task_run.state' && run?.status === 'completed') completed.push(row);
      },
    });
    response.on('data', (chunk: Buffer) => parser.feed(chunk.toString()));
    const connection = new ReaderConnection(response as unknown as ServerResponse);
    const metrics = new StreamMetrics(new Metrics('test', { processMetrics: false }));
    const request = { groupId: storyGroupId, after: known, reset: false, follow: true };
    const done = new StreamReader(request, connection, tails, log, new FoldTurns(), metrics).run();
    await eventually(() => completed.length === rows.length);

    expect(completed).toEqual(rows);
    expect(readGroup).not.toHaveBeenCalled();
    connection.depart('left');
    await done;
    stay();
    await tails.close();
    await eventually(() => space.inUse === 0);
  });
});

describe('a reader that is told that nothing more comes', () => {
  it('is shown the same by whatever it asks for next, though the read model is behind', async () => {
    const log = new ExchangeableLog();
    const story = new GroupStory().created(['a']).bought([0]);
    for (const { name, data } of story.events) await log.append(storyGroupId, [{ name, data } as RecordedEvent], 'any');
    const { view: behind } = await new GroupSource(noReadModel, log, logger).fromLog(storyGroupId);
    const position = { incarnation: await log.incarnation(), seq: behind.seq };
    const readModel = { ...noReadModel, snapshot: () => Promise.resolve({ view: behind, position }) };
    const source = new GroupSource(readModel as unknown as GroupReader, log, logger);
    const tails = new TailRegistry({ source, log, logger, spillSpace: new SpoolSpace() });
    const response = new PassThrough();
    const types: string[] = [];
    const parser = createParser({ onEvent: ({ event }) => types.push(event!) });
    response.on('data', (chunk: Buffer) => parser.feed(chunk.toString()));
    const connection = new ReaderConnection(response as unknown as ServerResponse);
    const metrics = new StreamMetrics(new Metrics('test', { processMetrics: false }));
    const request = { groupId: storyGroupId, after: undefined, reset: false, follow: false };
    const done = new StreamReader(request, connection, tails, log, new FoldTurns(), metrics).run();
    await eventually(() => types.includes('snapshot_end'));
    expect((await source.snapshot(storyGroupId)).view.rows[0]!.status).not.toBe('completed');

    const known = story.events.length;
    story.completedRow(0, { capital: 'Lima' }).completed();
    for (const { name, data } of story.events.slice(known))
      await log.append(storyGroupId, [{ name, data } as RecordedEvent], 'any');
    await done;
    expect(types.at(-1)).toBe('closed');
    expect((await source.snapshot(storyGroupId)).view.rows[0]!.status).toBe('completed');
    await tails.close();
  });
});

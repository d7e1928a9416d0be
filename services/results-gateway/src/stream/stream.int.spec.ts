import { event, rowKeyOf } from '@multitask/contracts';
import { formatEventId, framesOf, parseEventId } from '@multitask/result-formats';
import { applyToView, emptyFold } from '@multitask/task-group';
import { eventually, groupStories, GroupStory, jsonOutput } from '@multitask/testing';
import fc from 'fast-check';
import { Client } from 'pg';
import { GatewayHouse, newGroupId } from '../testing/gateway.house';
import { SseClient } from '../testing/sse.client';

let house: GatewayHouse;
// Two replicas: whatever one said, the other must be able to go on from.
beforeAll(async () => (house = await GatewayHouse.open(2)));
afterAll(() => house?.close());

const sse = (groupId: string, query = '', gateway = 0) => `${house.origin(gateway)}/${groupId}.sse${query}`;

const threeRows = () => new GroupStory(newGroupId()).created(['a', 'b', 'c']);
const settle = (story: GroupStory) =>
  story.completedRow(0, { n: 0 }).reported(1, 'failed').completedRow(2, { n: 2 }).completed();

async function stored(story: GroupStory, project = true): Promise<number> {
  const told = await house.append(story);
  if (project) await house.project(story.groupId);
  return told;
}

/** What every reader is told of the log's events after `afterSeq`, made from the log itself. */
async function factsAfter(groupId: string, afterSeq: number): Promise<string[]> {
  const fold = emptyFold(groupId);
  const facts: string[] = [];
  const incarnation = await house.log.incarnation();
  for await (const entry of house.log.readGroup(groupId)) {
    if (entry.kind !== 'event') continue;
    applyToView(fold, entry.event);
    if (entry.event.seq <= afterSeq || !fold.view) continue;
    const frames = framesOf(fold.view, entry.event);
    frames.forEach(({ event: type, data }, i) => {
      const event_id = i === frames.length - 1 ? formatEventId({ incarnation, seq: entry.event.seq }) : null;
      facts.push(JSON.stringify({ type, event_id, ...data }));
    });
  }
  return facts;
}

/** What a reader was told after its snapshot, which told the state at `seq`. */
function toldAfterSnapshot(settled: readonly { event?: string | undefined; data: string; id?: string | undefined }[]) {
  const end = settled.findLastIndex((message) => message.event === 'snapshot_end');
  const { seq } = parseEventId(settled[end]!.id!)!;
  return { seq, facts: settled.slice(end + 1).map(({ data }) => data) };
}

/** One spelling of the same JSON: escapes may differ, and what is no character arrives as U+FFFD. */
const wellFormed = (facts: readonly string[]) => facts.map((fact) => JSON.stringify(JSON.parse(fact)));

describe('a stream', () => {
  it('begins before there is anything to tell, with headers no proxy may sit on', async () => {
    const story = threeRows();
    await stored(story);
    const database = new Client({ connectionString: house.database.url });
    await database.connect();
    await database.query('begin; lock table read.rows in access exclusive mode');
    const reader = await SseClient.open(sse(story.groupId));
    await reader.until(({ comments }) => comments.length > 0);
    expect(reader.types()).toEqual([]);
    await database.query('commit');
    await database.end();
    await reader.until((client) => client.types().includes('snapshot_end'));
    expect(reader.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      'access-control-allow-origin': '*',
    });
    expect(reader.comments).toEqual(['multitask']);
    reader.cut();
  });

  it('tells the group as it is, then each change, then its end, and closes', async () => {
    const story = threeRows().bought([0]);
    const told = await stored(story);
    const reader = await SseClient.open(sse(story.groupId));
    await reader.until((client) => client.types().includes('snapshot_end'));
    expect(reader.types()).toEqual(['snapshot_start', 'rows', 'task_run.state', 'task_group_status', 'snapshot_end']);
    await house.append(settle(story.bought([1, 2])), told);
    await reader.untilEnd();
    expect(reader.types().slice(5)).toEqual([
      ...['task_run.state', 'task_run.state', 'task_group_status'],
      ...['task_run.state', 'task_group_status'],
      ...['task_run.state', 'task_group_status'],
      ...['task_run.state', 'task_group_status'],
      ...['task_group_status', 'task_group.completed'],
      'closed',
    ]);
  });

  it('of a group that is done tells it and closes; whoever has that is told there is no more', async () => {
    const story = settle(threeRows().bought([0, 1, 2]));
    const hook = { generation: 1, attempt: 1, status: 200, error: null, delivered: true, next_try_at: null };
    await stored(story);
    const reader = await SseClient.open(sse(story.groupId));
    await reader.untilEnd();
    expect(reader.types().slice(-3)).toEqual(['task_group.completed', 'snapshot_end', 'closed']);
    await house.log.append(story.groupId, [event('WebhookAttempted', hook)], 'any');
    for (const gateway of [0, 1]) {
      const again = await SseClient.open(sse(story.groupId, '', gateway), { 'last-event-id': reader.lastId! });
      expect(again.status).toBe(204);
    }
  });

  it('that has told the end says so again to nobody, though the read model does not know of it yet', async () => {
    const story = threeRows().bought([0, 1, 2]);
    const told = await stored(story);
    const reader = await SseClient.open(sse(story.groupId));
    await reader.until((client) => client.types().includes('snapshot_end'));
    await house.append(settle(story), told);
    await reader.untilEnd();
    expect(reader.types().at(-1)).toBe('closed');
    for (const gateway of [0, 1]) {
      const again = await SseClient.open(sse(story.groupId, '', gateway), { 'last-event-id': reader.lastId! });
      expect(again.status).toBe(204);
    }
  });

  it('with follow=true stays for the next generation', async () => {
    const story = settle(threeRows().bought([0, 1, 2]));
    const told = await stored(story);
    const reader = await SseClient.open(sse(story.groupId, '?follow=true'));
    await reader.until((client) => client.types().includes('snapshot_end'));
    await house.append(
      story
        .retried(1)
        .bought([1], 2)
        .reported(1, 'completed', { attempt: 2, output: jsonOutput({}) })
        .completed(),
      told,
    );
    await reader.until(
      (client) =>
        client.types().at(-1) === 'task_group.completed' &&
        client.types().filter((type) => type === 'task_group.completed').length === 2,
    );
    expect(reader.ended).toBe(false);
    reader.cut();
  });

  it('of a group the projector has not reached comes from the log', async () => {
    const story = threeRows().bought([0]);
    await stored(story, false);
    const reader = await SseClient.open(sse(story.groupId));
    await reader.until((client) => client.types().includes('snapshot_end'));
    reader.cut();
  });

  it('ends with the group', async () => {
    const story = threeRows();
    const told = await stored(story);
    const reader = await SseClient.open(sse(story.groupId));
    await reader.until((client) => client.types().includes('snapshot_end'));
    await house.append(story.expired(), told);
    await reader.untilEnd();
    expect(reader.types().at(-1)).toBe('task_group.expired');
  });

  it('commits rows that were accepted before it began', async () => {
    const story = threeRows();
    await stored(story);
    const accepted = event('RowsAccepted', { batch_id: 'late', first_row: 3, inputs: ['d', 'e'] });
    await house.log.append(story.groupId, [accepted], 'any');
    await house.project(story.groupId);
    const reader = await SseClient.open(sse(story.groupId));
    await reader.until((client) => client.types().includes('snapshot_end'));
    const data = { batch_id: 'late', first_row: 3, row_count: 2, generation: 2, credential_id: 'c' };
    await house.log.append(story.groupId, [event('InputsAppended', data)], 'any');
    await reader.until((client) => client.types().at(-1) === 'task_group_status' && client.messages.length > 5);
    const rows = reader.messages.filter(({ event: type }) => type === 'rows').at(-1)!;
    expect(JSON.parse(rows.data).rows.map((row: { row: number }) => row.row)).toEqual([3, 4]);
    reader.cut();
  });

  it.each(['x', 'other-7', 'a-b-c', '-1'])('that is asked to go on from %j starts over and says so', async (id) => {
    const story = threeRows();
    await stored(story);
    const reader = await SseClient.open(sse(story.groupId, `?after=${id}`));
    await reader.until((client) => client.types().includes('snapshot_end'));
    expect(reader.types().slice(0, 2)).toEqual(['reset', 'snapshot_start']);
    reader.cut();
  });

  it('that is asked to go on from a place the log has not reached starts over', async () => {
    const story = threeRows();
    await stored(story);
    const id = formatEventId({ incarnation: await house.log.incarnation(), seq: 1_000_000_000 });
    const reader = await SseClient.open(sse(story.groupId), { 'last-event-id': id });
    await reader.until((client) => client.types().includes('snapshot_end'));
    expect(reader.types()[0]).toBe('reset');
    reader.cut();
  });

  it('takes its position from the header before the query, and from either name of the parameter', async () => {
    const story = settle(threeRows().bought([0, 1, 2]));
    await stored(story);
    const reader = await SseClient.open(sse(story.groupId));
    await reader.untilEnd();
    const end = reader.lastId!;
    for (const query of [`?after=${end}`, `?last_event_id=${end}`])
      expect((await SseClient.open(sse(story.groupId, query))).status).toBe(204);
    expect((await SseClient.open(sse(story.groupId, '?after=nonsense'), { 'last-event-id': end })).status).toBe(204);
  });

  it('refuses what it cannot read in the query by name', async () => {
    const answer = await fetch(sse(newGroupId(), '?follow=perhaps'));
    expect([answer.status, ((await answer.json()) as { field: string }).field]).toEqual([400, 'follow']);
  });
});

describe('a reader that is cut anywhere and comes back, to any replica', () => {
  it('is told exactly the log’s facts, once and in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        groupStories,
        fc.array(fc.integer({ min: 1, max: 4_000 }), { minLength: 3, maxLength: 3 }),
        fc.nat({ max: 20 }),
        async (life, cuts, first) => {
          const story = new GroupStory(newGroupId());
          // The same life in a group of its own: run ids are part of what is told.
          const text = JSON.stringify(life.events.map(({ name, data }) => ({ name, data })));
          for (const fact of JSON.parse(text)) story.record(fact);
          const begin = 2 + (first % (story.events.length - 1));
          await house.append({ groupId: story.groupId, events: story.events.slice(0, begin) } as GroupStory);
          if (first % 2 === 0) await house.project(story.groupId);

          const settled: SseClient['settled'] = [];
          let lastId: string | undefined;
          let target: Promise<number> | undefined;
          for (let turn = 0; turn <= cuts.length; turn++) {
            const headers: Record<string, string> = lastId === undefined ? {} : { 'last-event-id': lastId };
            const url = sse(story.groupId, '?follow=true', turn % 2);
            const reader = await SseClient.open(url, headers, cuts[turn] ?? Infinity);
            target ??= house.append(story, begin).then(() => lastFact(story.groupId));
            const end = await target;
            await reader.until((client) => client.ended || seqOf(client.lastId ?? lastId) >= end);
            reader.cut();
            settled.push(...reader.settled);
            lastId = reader.lastId ?? lastId;
          }
          const { seq, facts } = toldAfterSnapshot(settled);
          expect(wellFormed(facts)).toEqual(wellFormed(await factsAfter(story.groupId, seq)));
        },
      ),
      { numRuns: Number(process.env.PROPERTY_RUNS ?? 30), interruptAfterTimeLimit: 45_000 },
    );
  }, 300_000);

  const seqOf = (id: string | undefined): number => (id === undefined ? 0 : parseEventId(id)!.seq);

  /** Sequence of the last fact any reader is told. */
  async function lastFact(groupId: string): Promise<number> {
    const ids = (await factsAfter(groupId, 0)).map(
      (fact) => (JSON.parse(fact) as { event_id: string | null }).event_id,
    );
    return seqOf(ids.findLast((id) => id !== null) ?? undefined);
  }
});

describe('a reader that was away while much happened', () => {
  it('is told all of it by a replica that never followed the group before', async () => {
    const story = threeRows().bought([0]);
    let told = await stored(story);
    const reader = await SseClient.open(sse(story.groupId, '', 0));
    await reader.until((client) => client.types().includes('snapshot_end'));
    reader.cut();
    // The projector is ahead of the reader: the replica's own snapshot begins after what the reader missed.
    told = await house.append(story.bought([1]).reported(0, 'running').completedRow(1, { n: 1 }), told);
    await house.project(story.groupId);
    const back = await SseClient.open(sse(story.groupId, '', 1), { 'last-event-id': reader.lastId! });
    await back.until((client) => client.types().filter((type) => type === 'task_group_status').length === 3);
    await house.append(story.bought([2]), told);
    await back.until((client) => client.types().filter((type) => type === 'task_group_status').length === 4);
    back.cut();
    const { seq, facts } = toldAfterSnapshot([...reader.settled, ...back.settled]);
    expect(wellFormed(facts)).toEqual(wellFormed(await factsAfter(story.groupId, seq)));
  });
});

describe('many readers of one group', () => {
  it('share one tail of the log', async () => {
    const story = threeRows();
    const told = await stored(story);
    const before = await house.metric('multitask_stream_tails');
    const readers = await Promise.all(Array.from({ length: 20 }, () => SseClient.open(sse(story.groupId))));
    await Promise.all(readers.map((reader) => reader.until((client) => client.types().includes('snapshot_end'))));
    // The tail of a test before may have ended meanwhile, and its reader be counted a moment longer.
    expect(await house.metric('multitask_stream_tails')).toBeLessThanOrEqual(before + 1);
    await eventually(async () => (await house.metric('multitask_stream_readers')) === 20);
    await house.append(settle(story.bought([0, 1, 2])), told);
    await Promise.all(readers.map((reader) => reader.untilEnd()));
    const [first, ...others] = readers.map((reader) => reader.settled.map(({ data }) => data));
    for (const other of others) expect(other).toEqual(first);
    await eventually(async () => (await house.metric('multitask_stream_readers')) === 0);
  });
});

describe('a reader that takes nothing', () => {
  it('is let go once 256 KiB wait for it, the others see everything, and it goes on when it is back', async () => {
    const rows = 200;
    const story = new GroupStory(newGroupId()).created(Array.from({ length: rows }, (_, i) => `${i}`));
    story.bought(Array.from({ length: rows }, (_, i) => i));
    await stored(story);
    const slow = await SseClient.open(sse(story.groupId));
    const healthy = await SseClient.open(sse(story.groupId));
    await Promise.all(
      [slow, healthy].map((reader) => reader.until((client) => client.types().includes('snapshot_end'))),
    );
    slow.stall();
    // Slow by its pace, or behind because the burst was faster than the clock that watches the pace.
    const letGo = async () =>
      (await house.metric('multitask_stream_departures_total{reason="slow"')) +
      (await house.metric('multitask_stream_departures_total{reason="behind"'));
    const before = await letGo();
    // What the system itself buffers has to be filled first: some megabytes on loopback.
    const text = 'x'.repeat(50_000);
    const update = (row: number) =>
      house.log.append(
        story.groupId,
        [
          event('RunUpdated', {
            key: rowKeyOf(row, 1),
            run: { run_id: story.runId(row), status: 'completed' },
            output: jsonOutput({ text }),
          }),
        ],
        'any',
      );
    for (let row = 0; row < rows; row++) await update(row);
    await eventually(async () => (await letGo()) === before + 1, { timeoutMs: 60_000 });
    await healthy.until(
      (client) => client.messages.filter(({ event: type }) => type === 'task_run.state').length >= rows * 2,
    );
    healthy.cut();
    slow.resume();
    await slow.untilEnd();

    const back = await SseClient.open(sse(story.groupId), { 'last-event-id': slow.lastId! });
    await back.until((client) => client.lastId === healthy.lastId);
    const { seq, facts } = toldAfterSnapshot([...slow.settled, ...back.settled]);
    expect(wellFormed(facts)).toEqual(wellFormed(await factsAfter(story.groupId, seq)));
    back.cut();
  }, 300_000);
});

describe('an idle stream', () => {
  const intervalMs = 50;
  let gateway: number;
  beforeAll(async () => {
    await house.startGateway({ STREAM_HEARTBEAT_MS: `${intervalMs}` });
    gateway = house.gateways.length - 1;
  });
  const heartbeats = ({ comments }: SseClient) => comments.filter((comment) => comment === 'heartbeat').length;

  it.each([
    ['of a group', (story: GroupStory) => story.groupId, 'snapshot_end'],
    ['of a run', (story: GroupStory) => story.runId(0), 'task_run.state'],
  ])('%s receives a heartbeat comment at each interval, and nothing else', async (_, idOf, present) => {
    const story = threeRows().bought([0]);
    await stored(story);
    const reader = await SseClient.open(sse(idOf(story), '', gateway));
    await reader.until((client) => client.types().at(-1) === present);
    const begun = performance.now();
    const beats = heartbeats(reader);
    await reader.until((client) => heartbeats(client) >= beats + 4);
    // The first of the four may come at once; a timer of this process and one of the other’s may differ a little.
    expect(performance.now() - begun).toBeGreaterThan(2 * intervalMs);
    expect(reader.types().at(-1)).toBe(present);
    reader.cut();
  });
});

describe('the stream of one run', () => {
  it('tells its state, each later one, and closes with its end', async () => {
    const story = threeRows().bought([0, 1]);
    const told = await stored(story);
    const reader = await SseClient.open(`${house.origin()}/${story.runId(1)}.sse`);
    await reader.until((client) => client.messages.length === 1);
    await house.append(story.reported(0, 'running').reported(1, 'running').completedRow(1, { n: 1 }), told);
    await reader.untilEnd();
    const states = reader.messages
      .filter(({ event: type }) => type === 'task_run.state')
      .map(({ data }) => JSON.parse(data));
    expect(states.map((state) => [state.row, state.run.status])).toEqual([
      [1, 'queued'],
      [1, 'running'],
      [1, 'completed'],
    ]);
    expect(reader.types().at(-1)).toBe('closed');
  });

  it('of a run that has ended is its one state', async () => {
    const story = threeRows().bought([0]).completedRow(0, { n: 1 });
    await stored(story);
    const reader = await SseClient.open(`${house.origin()}/${story.groupId}/runs/${story.runId(0)}.sse`);
    await reader.untilEnd();
    expect(reader.types()).toEqual(['task_run.state', 'closed']);
  });
});

describe('a gateway that stops', () => {
  it('ends its streams in order, and another goes on from the last id', async () => {
    const story = threeRows();
    const told = await stored(story);
    const gateway = await house.startGateway();
    const reader = await SseClient.open(sse(story.groupId, '', house.gateways.length - 1));
    await reader.until((client) => client.types().includes('snapshot_end'));
    const closing = gateway.close();
    await reader.untilEnd();
    expect(reader.types().at(-1)).toBe('snapshot_end');
    await closing;
    await house.append(story.bought([0]), told);
    const back = await SseClient.open(sse(story.groupId), { 'last-event-id': reader.lastId! });
    await back.until((client) => client.lastId !== undefined);
    expect(back.types()).toEqual(['task_run.state', 'task_group_status']);
    back.cut();
  });
});

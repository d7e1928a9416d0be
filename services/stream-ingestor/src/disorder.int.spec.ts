import { randomBytes } from 'node:crypto';
import {
  event,
  partitionOf,
  type EventData,
  rowKeyMetadata,
  rowKeyOf,
  type GroupEvent,
  type RecordedEvent,
  type RunStatus,
} from '@multitask/contracts';
import { CheckpointMovedError, CheckpointRepository, openDatabase, PartitionProjection } from '@multitask/read-model';
import {
  decideRuns,
  defaultPolicy,
  evolve,
  initialGroup,
  type IngestGroup,
  type ObservedRun,
} from '@multitask/task-group';
import { createTestDatabase, type TestDatabase } from '@multitask/testing';
import { sql } from 'kysely';

/** Changes of runs; `DISORDER_EVENTS=50000` for the long form, which takes some minutes and also compares what each costs. */
const changes = Number(process.env.DISORDER_EVENTS ?? 3_000);
/** What something costs is the least of three; a short form is over too soon to tell anything. */
const rounds = process.env.DISORDER_EVENTS === undefined ? 1 : 3;
const rowsOfGroup = 250;
const statuses: RunStatus[] = ['queued', 'running', 'completed'];
const portion = 192;
const eventsOfDelivery = 50;
const within = 100;

/** The same numbers each time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Each one to five times, and none further from its place than `reach`. */
function disordered<T>(items: readonly T[], reach: number, next: () => number): T[] {
  const all = items.flatMap((item, place) =>
    Array.from({ length: 1 + Math.floor(next() * 5) }, () => ({ item, at: place + next() * reach })),
  );
  return all.sort((a, b) => a.at - b.at).map(({ item }) => item);
}

interface Story {
  readonly groupId: string;
  readonly opening: readonly GroupEvent[];
  readonly reports: readonly ObservedRun[];
}

function storyOf(number: number): Story {
  const groupId = `tgrp_${randomBytes(16).toString('hex')}`;
  const rows = Array.from({ length: rowsOfGroup }, (_, row) => row);
  const keys = rows.map((row) => ({ key: rowKeyOf(row, 1), run_id: `trun_${digits(number)}${digits(row)}` }));
  const created: EventData<'GroupCreated'> = {
    batch_id: 'b1',
    row_count: rowsOfGroup,
    generation: 1,
    spec: { processor: 'lite', output: { type: 'text' as const }, ttl_days: 30 },
    credential_id: 'credential',
    owner_fingerprint: 'owner',
    warnings: [],
    origin: 'http://localhost',
    upstream: 'emulator' as const,
    estimated_cost_usd: null,
  };
  const opening = [
    event('RowsAccepted', { batch_id: 'b1', first_row: 0, inputs: rows.map((row) => ({ row })) }),
    event('GroupCreated', created),
    event('RunsRequested', { batch: 1, keys: keys.map(({ key }) => key), deadline: '2026-01-01T00:00:30.000Z' }),
    event('RunsAdded', { batch: 1, runs: keys }),
  ];
  // Row by row a little later, so that changes of many rows stand between two of one.
  const reports = statuses
    .flatMap((status, step) =>
      keys.map(({ key, run_id }, row) => ({ at: row + step * 30, report: reportOf(key, run_id, status) })),
    )
    .sort((a, b) => a.at - b.at)
    .map(({ report }) => report);
  return { groupId, opening, reports };
}

const digits = (value: number): string => value.toString(16).padStart(16, '0');

const reportOf = (key: string, run_id: string, status: RunStatus): ObservedRun => ({
  run: { run_id, status, metadata: { [rowKeyMetadata]: key } },
  ...(status === 'completed' && { output: { type: 'text', content: `answer to ${key}`, basis: [] } }),
});

/** What the work costs this process in milliseconds of its own: others on the machine do not count. */
async function costOf<T>(work: () => T | Promise<T>): Promise<{ readonly value: T; readonly cpuMs: number }> {
  const before = process.cpuUsage();
  const value = await work();
  const { user, system } = process.cpuUsage(before);
  return { value, cpuMs: (user + system) / 1_000 };
}

/** What the ingestor makes of reports: the group's part of the log. */
function ingest(
  story: Story,
  reports: readonly ObservedRun[],
  append: (events: readonly GroupEvent[]) => RecordedEvent[],
) {
  const state: IngestGroup = initialGroup(story.groupId);
  const take = (events: readonly GroupEvent[]) => append(events).forEach((fact) => evolve(state, fact));
  take(story.opening);
  for (let from = 0; from < reports.length; from += portion)
    take(decideRuns(state, reports.slice(from, from + portion), defaultPolicy).events);
}

/** A log of one partition. */
function logOf(stories: readonly Story[], reportsOf: (story: Story) => readonly ObservedRun[]): RecordedEvent[] {
  const log: RecordedEvent[] = [];
  for (const story of stories)
    ingest(story, reportsOf(story), (events) => {
      const recorded = events.map((fact, i) => {
        const seq = log.length + i + 1;
        const time = new Date(Date.UTC(2026, 10, 21) + seq).toISOString();
        return { ...fact, groupId: story.groupId, seq, time, id: `e${seq}` } as RecordedEvent;
      });
      log.push(...recorded);
      return recorded;
    });
  return log;
}

interface Delivery {
  readonly from: number;
  readonly events: readonly RecordedEvent[];
}

const deliveriesOf = (log: readonly RecordedEvent[]): Delivery[] =>
  Array.from({ length: Math.ceil(log.length / eventsOfDelivery) }, (_, i) => {
    const events = log.slice(i * eventsOfDelivery, (i + 1) * eventsOfDelivery);
    return { from: events[0]!.seq - 1, events };
  });

describe('what comes one to five times and shuffled within 100', () => {
  const databases: TestDatabase[] = [];
  afterAll(() => Promise.all(databases.map((database) => database.drop())));

  /** Delivers, each delivery again until it has been taken, and answers what the tables hold and what that cost. */
  async function project(partition: string, deliveries: readonly Delivery[], until: number) {
    const testDatabase = await createTestDatabase();
    databases.push(testDatabase);
    const db = openDatabase({ url: testDatabase.url, pool: 2, applicationName: 'test' });
    try {
      const projection = new PartitionProjection(db);
      const { incarnation } = await new CheckpointRepository(db).open(partition, 'first');
      let refused = 0;
      const deliver = async () => {
        for (let pending = deliveries, reached = 0; reached < until;) {
          const again: Delivery[] = [];
          for (const delivery of pending) {
            const position = { seq: delivery.events.at(-1)!.seq, fingerprint: null };
            try {
              await projection.apply(
                partition,
                { incarnation, seq: delivery.from },
                { events: delivery.events, poison: [], until: position },
              );
              reached = position.seq;
            } catch (error) {
              if (!(error instanceof CheckpointMovedError)) throw error;
              refused++;
              if (delivery.from >= reached) again.push(delivery);
            }
          }
          pending = again;
        }
      };
      const { cpuMs } = await costOf(deliver);
      const digest = async (paths: string) => {
        const { rows } = await sql<{ lines: number; digest: string }>`
          select count(*)::int as lines, md5(string_agg(line, e'\n' order by line)) as digest from (
            select (to_jsonb(r) #- '{x}'${sql.raw(paths)})::text as line from read.rows r
            union all select (to_jsonb(g) #- '{x}'${sql.raw(paths)})::text from read.groups g) as lines`.execute(db);
        return rows[0];
      };
      return { whole: await digest(''), apartFromPlaces: await digest(withoutPlaces), cpuMs, refused };
    } finally {
      await db.destroy();
    }
  }

  it('leaves the same tables as what comes once and in order, at no more than three times the cost', async () => {
    const next = numbers(20_261_121);
    const stories: Story[] = [];
    // One partition, as one projector has it.
    for (let i = 0; stories.length < Math.ceil(changes / (rowsOfGroup * statuses.length)); i++) {
      const story = storyOf(i);
      if (stories.length === 0 || partitionOf(story.groupId) === partitionOf(stories[0]!.groupId)) stories.push(story);
    }
    const partition = partitionOf(stories[0]!.groupId);
    const costs: { inOrder: number; folded: number; redelivered: number; reported: number }[] = [];
    for (let round = 0; round < rounds; round++) {
      const { value: log, cpuMs: folding } = await costOf(() => logOf(stories, ({ reports }) => reports));
      const clean = await project(partition, deliveriesOf(log), log.length);

      // Deliveries: as several projectors make them that share a partition and are behind or ahead of one another.
      const twisted = disordered(deliveriesOf(log), within / eventsOfDelivery, next);
      const redelivered = await project(partition, twisted, log.length);
      expect(redelivered.whole).toEqual(clean.whole);
      expect(redelivered.refused).toBeGreaterThan(log.length / eventsOfDelivery);

      // Reports: as an upstream repeats and mixes them.
      const { value: otherLog, cpuMs: otherFolding } = await costOf(() =>
        logOf(stories, ({ reports }) => disordered(reports, within, next)),
      );
      const reported = await project(partition, deliveriesOf(otherLog), otherLog.length);
      expect(reported.apartFromPlaces).toEqual(clean.apartFromPlaces);
      costs.push({
        inOrder: clean.cpuMs,
        folded: folding + clean.cpuMs,
        redelivered: redelivered.cpuMs,
        reported: otherFolding + reported.cpuMs,
      });
    }

    const least = (what: keyof (typeof costs)[number]) => Math.min(...costs.map((cost) => cost[what]));
    const redelivered = least('redelivered') / least('inOrder');
    const reported = least('reported') / least('folded');
    process.stdout.write(
      `${stories.length * rowsOfGroup * statuses.length} changes, least of ${rounds}: redelivered ` +
        `${redelivered.toFixed(2)} × the CPU time, reported in disorder ${reported.toFixed(2)} ×\n`,
    );
    if (rounds === 1) return;
    expect(redelivered).toBeLessThanOrEqual(3);
    expect(reported).toBeLessThanOrEqual(3);
  }, 600_000);
});

/** Where in the log something stands, and when: in another order they are others. */
const withoutPlaces = [
  '{updated_seq}',
  '{seq}',
  '{created_at}',
  '{lifetime_ends_at}',
  '{header,seq}',
  '{header,createdAt}',
  '{header,modifiedAt}',
]
  .map((path) => ` #- '${path}'`)
  .join('');

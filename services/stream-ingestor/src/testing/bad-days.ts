import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { event, type EventData, type RecordedEvent } from '@multitask/contracts';
import { eventually } from '@multitask/testing';
import { IngestRig } from './ingest.rig';

type Blocked = EventData<'GroupBlocked'>;

interface BadFault {
  readonly match?: { readonly key?: string };
}

/** One bad day of the upstream: what it does to the groups of one key until it is mended. */
export interface BadDay {
  readonly faults: readonly object[];
  readonly rows?: number;
  /** What readers are told meanwhile; without it the group gets over it before anybody need be told. */
  readonly told?: Partial<Record<keyof Blocked, unknown>>;
  /** How rows end; all `completed` unless said otherwise. */
  readonly counts?: Record<string, number>;
  /** Runs that others put into the group. */
  readonly foreignRuns?: number;
  /** How it is mended: the fault just ends (default), and the next try finds that out; or the owner presents a key. */
  readonly mended?: 'by-owner';
  /** How long after a refusal the next purchase may come at the earliest, in milliseconds. */
  readonly apartMs?: number;
}

export const buying = { endpoint: 'add_runs' };
export const listing = { endpoint: ['list_runs', 'group_events', 'run_result'] };
export const asking = { endpoint: ['list_runs', 'group_events', 'get_group', 'run_result', 'add_runs'] };

/** Waits are what they are in production, only shorter. */
const fast = {
  INGEST_ROWS_PER_BATCH: '2',
  // Ten groups begin at once: on a busy machine a purchase may take seconds.
  INGEST_POST_ABORT_SECONDS: '5',
  INGEST_REQUEST_AGAIN_SECONDS: '6',
  INGEST_LIST_STILL_SECONDS: '1.2',
  INGEST_IDLE_SECONDS: '1.2',
  INGEST_IDLE_WITHOUT_HEARTBEAT_SECONDS: '1.2',
  INGEST_REQUESTS_PER_MINUTE: '6000',
  PACE_READS_PER_MINUTE: '600000',
  PACE_STREAMS_PER_MINUTE: '600000',
};

const companies = (count: number) => Array.from({ length: count }, (_, i) => ({ company: `Company ${i}` }));
const lastOf = <N extends RecordedEvent['name']>(events: readonly RecordedEvent[], name: N) =>
  events.findLast((fact): fact is Extract<RecordedEvent, { name: N }> => fact.name === name);
const patience = { timeoutMs: 120_000, intervalMs: 100 };

/**
 * A test for each of these days. All are suffered at the same time, each by a key of its own: what one suffers must not show
 * in another. Those that are told are mended together, and only then the clock is moved: it is everybody's.
 */
export function sufferBadDays(badDays: Record<string, BadDay>, env: Record<string, string>): void {
  let rig: IngestRig;
  let folder: string;
  let clock: string;
  const outcomes = new Map<string, Promise<void>>();
  const told: Promise<void>[] = [];
  let nextTries: Promise<void>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ingest-clock-'));
    clock = join(folder, 'offset');
    await writeFile(clock, '0');
    rig = await IngestRig.open({ EMULATOR_SPEED: '300' });
    await rig.startIngestor('one', { ...fast, ...env, MULTITASK_TEST_CLOCK: clock });
    for (const [name, day] of Object.entries(badDays)) {
      const key = `key of ${name}`.replaceAll(/[^a-z0-9 ]/gi, '');
      const begun = begin(day, key);
      const mended = begun.then((group) => mend(day, group, key));
      told.push(mended);
      const outcome = Promise.all([begun, mended]).then(([group]) => survive(day, group.groupId));
      outcome.catch(() => undefined);
      outcomes.set(name, outcome);
    }
    // The next try is an hour away at most.
    nextTries = Promise.allSettled(told).then(() => writeFile(clock, '3700'));
  }, 60_000);
  afterAll(async () => {
    await Promise.allSettled([...outcomes.values(), nextTries]);
    await rig.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(Object.keys(badDays))('of %s', (name) => outcomes.get(name), 240_000);

  interface Suffering {
    readonly groupId: string;
    readonly faults: readonly string[];
  }

  async function begin(day: BadDay, key: string): Promise<Suffering> {
    const faults = await addFaults(day.faults, key);
    return { groupId: await rig.createGroup(companies(day.rows ?? 4), {}, key), faults };
  }

  /** Waits until the group has said what is wrong, and mends that. */
  async function mend(day: BadDay, { groupId, faults }: Suffering, key: string): Promise<void> {
    if (!day.told) return;
    const { data, time } = await eventually(
      async () => lastOf(await rig.eventsOf(groupId), 'GroupBlocked') ?? Promise.reject(new Error('nothing was told')),
      patience,
    );
    expect(data).toMatchObject(day.told);
    expect(Date.parse(data.next_try_at) - Date.parse(time)).toBeGreaterThan(50_000);
    for (const id of faults) await rig.call(`/_emulator/faults/${id}`, { method: 'DELETE' });
    if (day.mended !== 'by-owner') return;
    const credential_id = await rig.seal(key);
    await rig.command(groupId, event('RetryRequested', { rows: [], generation: 2, credential_id }));
    // At once, by the clock that nobody has moved yet.
    await rig.completed(groupId, patience);
  }

  async function survive(day: BadDay, groupId: string): Promise<void> {
    const rows = day.rows ?? 4;
    const events = await rig.completed(groupId, patience);
    const { runs } = await rig.ledger(groupId);
    expect(lastOf(events, 'GroupCompleted')!.data.counts).toEqual(day.counts ?? { completed: rows });
    expect(await rig.boughtTwice(groupId)).toEqual([]);
    expect(runs).toBe((day.counts?.rejected ? 0 : rows) + (day.foreignRuns ?? 0));
    expect(events.filter(({ name }) => name === 'GroupBlocked').length > 0).toBe(day.told !== undefined);
    expect(events.filter(({ name }) => name === 'SurplusRunSeen')).toHaveLength(day.foreignRuns ?? 0);
    if (day.apartMs)
      expect(Math.min(...(await gapsBetweenPurchases(groupId)))).toBeGreaterThanOrEqual(day.apartMs * 0.9);
  }

  async function addFaults(faults: readonly object[], key: string): Promise<string[]> {
    const body = { faults: faults.map((fault) => ({ ...fault, match: { ...(fault as BadFault).match, key } })) };
    const answer = (await rig.call('/_emulator/faults', { method: 'POST', body })) as {
      faults: { id: string; fault: BadFault }[];
    };
    return answer.faults.filter(({ fault }) => fault.match?.key === key).map(({ id }) => id);
  }

  async function gapsBetweenPurchases(groupId: string): Promise<number[]> {
    const { entries } = (await rig.call(`/_emulator/ledger?kind=request&group=${groupId}`)) as {
      entries: { endpoint: string; at: string; status: number }[];
    };
    const purchases = entries.filter(({ endpoint }) => endpoint === 'add_runs');
    return purchases.slice(1).flatMap((purchase, i) => {
      const before = purchases[i]!;
      return before.status === 429 ? [Date.parse(purchase.at) - Date.parse(before.at)] : [];
    });
  }
}

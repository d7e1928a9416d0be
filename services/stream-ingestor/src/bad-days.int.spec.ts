import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { event, type EventData, type RecordedEvent } from '@multitask/contracts';
import { eventually } from '@multitask/testing';
import { IngestRig } from './testing/ingest.rig';

type Blocked = EventData<'GroupBlocked'>;

interface BadFault {
  readonly match?: { readonly key?: string };
}

/** One bad day of the upstream: what it does to the groups of one key until it is mended. */
interface BadDay {
  readonly faults: readonly object[];
  readonly rows?: number;
  /** What readers are told meanwhile; without it the group gets over it before anybody need be told. */
  readonly told?: Partial<Record<keyof Blocked, unknown>>;
  /** How rows end; all `completed` unless said otherwise. */
  readonly counts?: Record<string, number>;
  /** How it is mended: the fault just ends (default), and the next try finds that out; or the owner presents a key. */
  readonly mended?: 'by-owner';
  /** How long after a refusal the next purchase may come at the earliest, in milliseconds. */
  readonly apartMs?: number;
}

const buying = { endpoint: 'add_runs' };
const listing = { endpoint: ['list_runs', 'group_events', 'run_result'] };
const asking = { endpoint: ['list_runs', 'group_events', 'get_group', 'run_result', 'add_runs'] };
const away = { reason: 'upstream_down', message: expect.stringMatching(/does not answer/) };
const limited = { reason: 'upstream_down', message: expect.stringMatching(/takes no more requests/) };
const unreadable = { reason: 'upstream_down', message: expect.stringMatching(/list of runs cannot be read/) };
const answerLost = { kind: 'reset', when: 'after', times: 1, match: buying };

const badDays: Record<string, BadDay> = {
  '401 to purchases': {
    faults: [{ kind: 'respond', status: 401, message: 'who are you', match: buying }],
    told: { reason: 'key_refused', message: 'who are you' },
  },
  '401 to everything, until the owner presents a key': {
    faults: [{ kind: 'respond', status: 401, match: asking }],
    told: { reason: 'key_refused' },
    mended: 'by-owner',
  },
  '402': {
    faults: [{ kind: 'respond', status: 402, message: 'no money', match: buying }],
    told: { reason: 'credit', message: 'no money' },
  },
  '402, until the owner presents a key': {
    faults: [{ kind: 'respond', status: 402, match: buying }],
    told: { reason: 'credit' },
    mended: 'by-owner',
  },
  '403 on the first batch': {
    faults: [{ kind: 'respond', status: 403, match: buying }],
    counts: { rejected: 4 },
  },
  '403 on a later batch': {
    faults: [{ kind: 'respond', status: 403, skip: 1, match: buying }],
    told: { reason: 'key_refused' },
  },
  '404 to purchases': { faults: [{ kind: 'respond', status: 404, match: buying }], told: { reason: 'key_refused' } },
  '422 that says nothing of a row': {
    faults: [{ kind: 'respond', status: 422, match: buying }],
    counts: { rejected: 4 },
  },
  '429 without Retry-After': { faults: [{ kind: 'respond', status: 429, match: buying }], told: limited },
  '429 with a short Retry-After': {
    faults: [{ kind: 'respond', status: 429, retry_after: 0.8, times: 2, match: buying }],
    apartMs: 800,
  },
  '429 with a long Retry-After, until the owner presents a key': {
    faults: [{ kind: 'respond', status: 429, retry_after: 1_800, match: buying }],
    told: limited,
    mended: 'by-owner',
  },
  '429 to questions': { faults: [{ kind: 'respond', status: 429, match: listing }], told: limited },
  '503 to purchases': { faults: [{ kind: 'respond', status: 503, match: buying }], told: away },
  '503 to a purchase that was made': {
    faults: [{ kind: 'respond', status: 503, when: 'after', times: 2, match: buying }],
  },
  '500 to questions': { faults: [{ kind: 'respond', status: 500, match: listing }], told: away },
  'pages of a proxy with 502': { faults: [{ kind: 'respond', status: 502, body: 'html', match: asking }], told: away },
  'pages of a proxy with 200': { faults: [{ kind: 'respond', status: 200, body: 'html', match: asking }], told: away },
  'garbage for an answer to a purchase that was made': {
    faults: [{ kind: 'respond', status: 200, body: 'garbage', when: 'after', times: 2, match: buying }],
  },
  'garbage for every answer': {
    faults: [{ kind: 'respond', status: 200, body: 'garbage', match: asking }],
    told: away,
  },
  'nothing for an answer': { faults: [{ kind: 'respond', status: 200, body: 'empty', match: asking }], told: away },
  'resets of every connection': { faults: [{ kind: 'reset', match: asking }], told: away },
  'headers that come too late': { faults: [{ kind: 'delay', seconds: 3.4, times: 1, match: buying }] },
  'a purchase that is never answered': { faults: [{ kind: 'hang', times: 1, match: buying }] },
  'a lost answer and a list that lags': { faults: [answerLost, { kind: 'lag_list', seconds: 1 }] },
  'a lost answer and a list of ended runs alone': { faults: [answerLost, { kind: 'hide_active' }] },
  'a lost answer of a batch taken in part': { faults: [answerLost, { kind: 'accept_partially', accept: 1, times: 1 }] },
  'a list that never ends': { faults: [{ kind: 'endless_list' }, { kind: 'omit_state' }], told: unreadable },
  'a list that repeats itself for ever': {
    faults: [{ kind: 'endless_list', how: 'repeats' }, { kind: 'omit_state' }],
    told: unreadable,
  },
  'lists that are cut': {
    faults: [{ kind: 'cut_stream', how: 'mid_frame', match: { endpoint: ['list_runs', 'group_events'] } }],
    told: unreadable,
  },
  'lists that are half open': {
    faults: [{ kind: 'stall_stream', match: { endpoint: ['list_runs', 'group_events'] } }],
    told: unreadable,
  },
};

/** Waits are what they are in production, only shorter. */
const fast = {
  INGEST_ROWS_PER_BATCH: '2',
  // Thirty groups begin at once: on a busy machine a purchase may take a second.
  INGEST_POST_ABORT_SECONDS: '3',
  INGEST_REQUEST_AGAIN_SECONDS: '4',
  // Less than one failed reading takes: the next one may bring the last row, and then there is nothing left to be told.
  INGEST_DOWN_TOLD_SECONDS: '1',
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

describe('a bad day of the upstream', () => {
  let rig: IngestRig;
  let folder: string;
  let clock: string;
  let passedSeconds = 0;
  const outcomes = new Map<string, Promise<void>>();

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ingest-clock-'));
    clock = join(folder, 'offset');
    await writeFile(clock, '0');
    rig = await IngestRig.open({ EMULATOR_SPEED: '300' });
    await rig.startIngestor('one', { ...fast, MULTITASK_TEST_CLOCK: clock });
    // All at the same time, each for a key of its own: what one suffers must not show in another.
    for (const [name, day] of Object.entries(badDays)) {
      const outcome = suffer(name, day);
      outcome.catch(() => undefined);
      outcomes.set(name, outcome);
    }
  }, 60_000);
  afterAll(async () => {
    await Promise.allSettled(outcomes.values());
    await rig.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each(Object.keys(badDays))('of %s is told, survived and paid once', (name) => outcomes.get(name), 90_000);

  async function suffer(name: string, day: BadDay): Promise<void> {
    const key = `key of ${name}`.replaceAll(/[^a-z0-9 ]/gi, '');
    const rows = day.rows ?? 4;
    const faults = await addFaults(day.faults, key);
    const groupId = await rig.createGroup(companies(rows), {}, key);
    if (day.told) {
      const { data, time } = await eventually(
        async () =>
          lastOf(await rig.eventsOf(groupId), 'GroupBlocked') ?? Promise.reject(new Error('nothing was told')),
        { timeoutMs: 40_000, intervalMs: 100 },
      );
      expect(data).toMatchObject(day.told);
      expect(Date.parse(data.next_try_at) - Date.parse(time)).toBeGreaterThan(50_000);
      await mend(day, groupId, key, faults);
    }
    const events = await rig.completed(groupId, { timeoutMs: 60_000 });
    const { runs } = await rig.ledger(groupId);
    expect(lastOf(events, 'GroupCompleted')!.data.counts).toEqual(day.counts ?? { completed: rows });
    expect(await rig.boughtTwice(groupId)).toEqual([]);
    expect(runs).toBe(day.counts?.rejected ? 0 : rows);
    if (day.apartMs)
      expect(Math.min(...(await gapsBetweenPurchases(groupId)))).toBeGreaterThanOrEqual(day.apartMs * 0.9);
  }

  async function mend(day: BadDay, groupId: string, key: string, faults: readonly string[]): Promise<void> {
    for (const id of faults) await rig.call(`/_emulator/faults/${id}`, { method: 'DELETE' });
    if (day.mended === 'by-owner') {
      const credential_id = await rig.seal(key);
      await rig.command(groupId, event('RetryRequested', { rows: [], generation: 2, credential_id }));
      return;
    }
    // The next try is an hour away at most.
    passedSeconds += 3_700;
    await writeFile(clock, String(passedSeconds));
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
});

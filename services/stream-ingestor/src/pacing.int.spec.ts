import { eventually } from '@multitask/testing';
import { IngestRig } from './testing/ingest.rig';

/** `PACING=full` takes the real budgets and 100,000 rows, and a minute and a half; otherwise everything is 10 times as fast. */
const full = process.env.PACING === 'full';
const budgets = full
  ? { runs: 1_800, reads: 300, streams: 1_200, largeRows: 100_000, largeBatch: 250, seconds: 60 }
  : { runs: 18_000, reads: 1_200, streams: 6_000, largeRows: 2_000, largeBatch: 250, seconds: 4 };
/** What may come at once beyond the steady rate, and what a pause of the machine may let pile up: half a second. */
const bursts = { reads: 20, streams: 20 };

const env = {
  PACE_RUNS_PER_MINUTE: String(budgets.runs),
  PACE_READS_PER_MINUTE: String(budgets.reads),
  PACE_STREAMS_PER_MINUTE: String(budgets.streams),
  INGEST_ROWS_PER_LARGE_BATCH: String(budgets.largeBatch),
  INGEST_POST_ABORT_SECONDS: '5',
  INGEST_REQUEST_AGAIN_SECONDS: '8',
};

interface Entry {
  readonly id: number;
  readonly at: string;
  readonly group: string;
  readonly endpoint?: string;
}

const companies = (count: number) => Array.from({ length: count }, (_, i) => ({ company: `Company ${i}` }));

/** The most of these times that fall into any window of so many milliseconds. */
function densest(times: readonly number[], windowMs: number): number {
  let most = 0;
  for (let from = 0, to = 0; to < times.length; to++) {
    while (times[to]! - times[from]! > windowMs) from++;
    most = Math.max(most, to - from + 1);
  }
  return most;
}

describe('one key over two ingestors', () => {
  let rig: IngestRig;
  beforeAll(async () => {
    rig = await IngestRig.open({ EMULATOR_SPEED: '6000' });
    await Promise.all([rig.startIngestor('one', env), rig.startIngestor('two', env)]);
  });
  afterAll(() => rig.close());
  afterEach(() => rig.faults());

  const ledger = async (kind: string, groups: ReadonlySet<string>): Promise<Entry[]> => {
    const all: Entry[] = [];
    for (let since = 0; ;) {
      const path = `/_emulator/ledger?kind=${kind}&since=${since}&limit=10000`;
      const { entries, next } = (await rig.call(path)) as { entries: Entry[]; next: number | null };
      all.push(...entries.filter(({ group }) => groups.has(group)));
      if (next === null) return all;
      since = next;
    }
  };
  const firstRunAt = async (groupId: string) => {
    const [first] = await ledger('run', new Set([groupId]));
    return first && Date.parse(first.at);
  };

  it('keeps its budgets, and a small group behind a large one starts soon', async () => {
    const startedAt = Date.now();
    const large = await rig.createGroup(companies(budgets.largeRows), {}, 'shared');
    await eventually(async () => (await rig.ledger(large)).runs > 0, { timeoutMs: 60_000, intervalMs: 100 });
    const small: string[] = [];
    for (let i = 0; i < 8; i++) small.push(await rig.createGroup(companies(20), {}, 'shared'));
    const askedAt = Date.now();
    const behind = await rig.createGroup(companies(3), {}, 'shared');
    const began = await eventually(() => firstRunAt(behind), { timeoutMs: 70_000, intervalMs: 50 });
    const waited = (began - askedAt) / 1_000;
    await eventually(() => Date.now() - startedAt > budgets.seconds * 1_000, { timeoutMs: 90_000, intervalMs: 200 });

    const groups = new Set([large, behind, ...small]);
    const holders = new Set<string>();
    for (const id of small)
      for (const fact of await rig.eventsOf(id)) if (fact.name === 'IngestStarted') holders.add(fact.data.holder);
    expect([...holders].sort()).toEqual(['one', 'two']);

    const boughtMeanwhile = (await ledger('run', new Set([large]))).filter(
      ({ at }) => Date.parse(at) > askedAt && Date.parse(at) < began,
    ).length;
    const windowMs = full ? 60_000 : 2_000;
    const shareOf = (perMinute: number) => (perMinute * (windowMs + 500)) / 60_000;
    const runs = densest(
      (await ledger('run', groups)).map(({ at }) => Date.parse(at)),
      windowMs,
    );
    const requests = await ledger('request', groups);
    const timesOf = (endpoints: readonly string[]) =>
      requests.filter(({ endpoint }) => endpoints.includes(endpoint!)).map(({ at }) => Date.parse(at));
    const reads = densest(timesOf(['list_runs', 'get_group', 'run_result', 'get_run']), windowMs);
    const streams = densest(timesOf(['group_events']), 1_000);
    process.stdout.write(
      `behind ${budgets.largeRows} rows: started after ${waited.toFixed(1)} s and ${boughtMeanwhile} rows of those; in ${windowMs / 1_000} s at most ` +
        `${runs} runs of ${Math.round(shareOf(budgets.runs))}, ${reads} reads; ${streams} streams in a second\n`,
    );
    // What was reserved may be used a batch late, and then stands beside the next.
    expect(runs).toBeLessThanOrEqual(shareOf(budgets.runs) + 2 * budgets.largeBatch);
    expect(reads).toBeLessThanOrEqual(shareOf(budgets.reads) + bursts.reads);
    expect(streams).toBeLessThanOrEqual((budgets.streams * 1.5) / 60 + bursts.streams);
    // The short form is over too soon for seconds to tell anything: a group that waited for the large one would wait for all of it.
    if (full) expect(waited).toBeLessThan(60);
    else expect(boughtMeanwhile).toBeLessThanOrEqual(4 * budgets.largeBatch);
  }, 300_000);

  it('is not delayed by another key that is refused, limited or slow', async () => {
    const trouble = { endpoint: ['add_runs', 'list_runs', 'group_events', 'get_group', 'run_result'] };
    await rig.faults(
      { kind: 'respond', status: 401, match: { key: 'refused', ...trouble } },
      { kind: 'respond', status: 429, retry_after: 600, match: { key: 'limited', ...trouble } },
      { kind: 'delay', seconds: 4, match: { key: 'slow', ...trouble } },
      { kind: 'hang', match: { key: 'dead', ...trouble } },
    );
    const bad: string[] = [];
    for (const key of ['refused', 'limited', 'slow', 'dead'])
      for (let i = 0; i < 3; i++) bad.push(await rig.createGroup(companies(5), {}, key));
    const met = async () => {
      const { faults } = (await rig.call('/_emulator/faults')) as { faults: { applied: number }[] };
      return faults.every(({ applied }) => applied > 0);
    };
    await eventually(met);
    const good = await Promise.all(Array.from({ length: 5 }, () => rig.createGroup(companies(5), {}, 'good')));
    // Those who are limited wait for ten minutes.
    await Promise.all(good.map((groupId) => rig.completed(groupId, { timeoutMs: 90_000 })));
    const { runs } = await rig.ledger(bad[0]!);
    expect(runs).toBe(0);
  }, 300_000);
});

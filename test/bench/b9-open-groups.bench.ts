import { event, reportsIn } from '@multitask/contracts';
import { openDatabase } from '@multitask/read-model';
import { MasterKeys, PostgresSecretStore, Vault } from '@multitask/vault';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark } from './benchmark';
import { cpuSeconds, peakMegabytes, residentMegabytes } from './measure/consumption';
import { percentile } from './measure/spread';
import { quietLogger } from './rig/quiet.logger';
import { SampleGroup } from './rig/sample.groups';
import type { Stage } from './rig/stage';

const rowsOfEach = 10;
const keys = 20;
const updatesPerSecond = 100;

/** What V8 gives itself in a container of 512 MiB; on a larger machine it would let garbage lie for much longer. */
const containerHeap = '--max-old-space-size=256';

/** Many open groups in one ingestor, each with its event stream: what they hold, what they cost at rest and under updates. */
export const benchmark: Benchmark = {
  id: 'B9',
  title: 'open groups',
  async run(stage) {
    // Two thousand take minutes to be bought and followed: they are the long form.
    const groups = stage.scale.of(500, 100, 2_000);
    const upstream = await stage.worker('neighbours/fake-upstream.ts');
    const upstreamUrl = await upstream.ask<string>('listen');
    await upstream.ask('ping', { everyMs: 15_000 });
    const [nats, databaseUrl] = await Promise.all([stage.nats('2m'), stage.database()]);
    const log = await stage.log(nats.url);
    const env = { NATS_URL: nats.url, DATABASE_URL: databaseUrl, PARALLEL_BASE_URL: upstreamUrl };
    const [ingestor] = await Promise.all([
      stage.service('stream-ingestor', env, { probed: true, nodeArguments: [containerHeap] }),
      stage.service('projector', env),
    ]);
    const empty = await ingestor.held();

    const credentials = await sealedKeys(stage, databaseUrl);
    const ids = await upstream.ask<string[]>('newGroups', { count: groups });
    const startedAt = performance.now();
    const open = async (id: string, rows: number, credential_id: string) => {
      const created = new SampleGroup(rows, id).creation();
      const commit = created.at(-1)!;
      if (commit.name !== 'GroupCreated') throw new Error('a sample group ends in its creation');
      const owned = [...created.slice(0, -1), event('GroupCreated', { ...commit.data, credential_id })];
      for (let from = 0; from < owned.length; from += 20) await log.append(id, owned.slice(from, from + 20), 'any');
    };
    for (let from = 0; from < groups; from += 20)
      await Promise.all(
        ids.slice(from, from + 20).map((id, i) => open(id, rowsOfEach, credentials[(from + i) % keys]!)),
      );
    stage.note(`${groups} groups are in the log`);
    while ((await upstream.ask<number>('followed', { runs: rowsOfEach })) < groups) {
      // What is measured after this takes 19 s in the full form.
      if (stage.msLeft() < stage.scale.of(22_000, 12_000))
        throw new Error('not all groups were followed in time; give it more --patience');
      await sleep(200);
    }
    const followedSeconds = (performance.now() - startedAt) / 1_000;
    stage.note('all are followed');

    // Readings of the lists follow 2 and 15 s after a purchase, and then every 30 s.
    await sleep(stage.scale.of(3_000, 2_000));
    const restSeconds = stage.scale.of(8, 4);
    const restingCpu = cpuSeconds([ingestor.pid]);
    await sleep(restSeconds * 1_000);
    stage.note('rested');
    const idleCpu = ((cpuSeconds([ingestor.pid]) - restingCpu) / restSeconds) * 100;
    const resident = residentMegabytes(ingestor.pid);
    const held = await ingestor.held();
    const each = (bytes: number) => bytes / groups / 1_024;

    const seconds = stage.scale.of(8, 4);
    const lags = lagsOf(stage, log, (await log.state()).lastSeq + 1, updatesPerSecond * seconds);
    const workingCpu = cpuSeconds([ingestor.pid]);
    await upstream.ask('completeForSeconds', { perSecond: updatesPerSecond, seconds });
    stage.note('updates were sent');
    const measured = await lags;
    const workCpu = ((cpuSeconds([ingestor.pid]) - workingCpu) / seconds) * 100;

    const memory = (name: string, value: number) => ({ name, rounds: [value], unit: 'MB' });
    return {
      ratios: [],
      facts: [
        { ...memory(`resident with ${groups} open groups`, resident), must: { atMost: 512 } },
        { ...memory('resident at most, from its start', peakMegabytes(ingestor.pid)), must: { atMost: 512 } },
        memory('resident without a group', empty.rss / 2 ** 20),
        { name: 'heap of an open group', rounds: [each(held.heapUsed - empty.heapUsed)], unit: 'KiB' },
        { name: 'outside the heap, of an open group', rounds: [each(held.external - empty.external)], unit: 'KiB' },
        { name: `until all ${groups} were bought and followed`, rounds: [followedSeconds], unit: 's' },
        { name: 'CPU at rest', rounds: [idleCpu], unit: '% of a core' },
        { name: `CPU at ${updatesPerSecond} updates/s`, rounds: [workCpu], unit: '% of a core' },
        { name: `upstream to log at ${updatesPerSecond}/s, p50`, rounds: [percentile(measured, 0.5)], unit: 'ms' },
        { name: `upstream to log at ${updatesPerSecond}/s, p99`, rounds: [percentile(measured, 0.99)], unit: 'ms' },
      ],
    };
  },
};

async function sealedKeys(stage: Stage, databaseUrl: string): Promise<string[]> {
  const database = openDatabase({ url: databaseUrl, pool: 2, applicationName: 'bench', logger: quietLogger });
  try {
    const vault = new Vault(new PostgresSecretStore(database), MasterKeys.parse(stage.masterKey));
    return await Promise.all(
      Array.from({ length: keys }, (_, i) => vault.seal('upstream-key', `bench-${i}`, { subject: 'bench' })),
    );
  } finally {
    await database.destroy();
  }
}

/** Milliseconds from the upstream's word that a run changed until the log has it, of the next `count` completions. */
async function lagsOf(
  stage: Stage,
  log: Awaited<ReturnType<Stage['log']>>,
  from: number,
  count: number,
): Promise<number[]> {
  const lags: number[] = [];
  const reading = new AbortController();
  const limit = setTimeout(() => reading.abort(), stage.msLeft());
  for await (const entry of log.tail('multitask.*.*.ingest', from, reading.signal)) {
    if (entry.kind !== 'event') continue;
    const storedAt = Date.parse(entry.event.time);
    for (const { run } of reportsIn(entry.event))
      if (run.status === 'completed') lags.push(storedAt - Date.parse(run.modified_at!));
    if (lags.length >= count) break;
  }
  clearTimeout(limit);
  if (lags.length < count) throw new Error(`${count - lags.length} completions did not come to the log in time`);
  return lags;
}

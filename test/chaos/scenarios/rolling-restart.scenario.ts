import { setTimeout as sleep } from 'node:timers/promises';
import { inShort, uncreated, unheard, unread } from '../answers';
import { inHouse, type House } from '../house';
import type { FaultAccount, Ledger } from '../ledger';
import { environmentOf, isRunning } from '../participants/process.table';
import type { Random } from '../random';
import { runRound, type PlannedGroup, type RoundProgress } from '../round';
import { gapsOfHandOver } from '../standstill';
import { until } from '../waiting';
import type { Scene } from './scenario';

/** What a service says of itself: 8 s, and a second before that in which gateways are seen to be leaving. */
const goneWithinMs = 9_000;
/** A reader of a group that is handed over waits no longer for the next fact. */
const gapMs = 2_000;

const load = (random: Random): PlannedGroup[] => [
  ...[0, 500, 1_000, 9_000].map((afterMs) => ({ afterMs, rows: 120, readers: 5, pollMs: 250, repeated: false })),
  ...Array.from({ length: 14 }, (_, i) => ({
    afterMs: 1_400 * i + random.between(0, 1_400),
    rows: 6,
    readers: 1,
    pollMs: 250,
    repeated: true,
  })),
];

/**
 * Two of every service; each replica in turn is told to stop and comes back, under load. No request fails, streams end in
 * order and go on at the other replica, groups are handed over without a gap that a reader would notice.
 */
export async function rollingRestartScenario(scene: Scene): Promise<void> {
  const { options, random, reporter } = scene;
  const gaps: number[] = [];
  const left = await inHouse(
    {
      root: scene.root,
      random,
      args: ['--replicas', '2', '--emulator-speed', '20'],
      // Nothing is taken over by the end of a lease here.
      env: { LEASE_SECONDS: '60', INGEST_ROWS_PER_BATCH: '25', EMULATOR_GROUP_CONCURRENCY: '8' },
      emulatorFaults: [{ kind: 'delay', seconds: 0.3, match: { endpoint: ['create_group', 'add_runs'] } }],
      failingWebhooks: 0,
    },
    async (house) => {
      for (const service of options.services) {
        const seed = random.fork(`${service} restarts`);
        const plan = { name: `${service} restarts`, random: seed, groups: load(seed), clients: 8, deadlineMs: 150_000 };
        const result = await runRound(house, { ...plan, disturb: restartBoth(service) });
        const found = assess(scene, plan.name, service, result.ledger);
        gaps.push(...found.gaps);
        await reporter.round({
          scenario: 'rolling-restart',
          service,
          name: plan.name,
          hit: [],
          note: found.note,
          ...result,
        });
      }
    },
  );
  if (options.services.includes('stream-ingestor')) {
    const longest = Math.max(...gaps);
    reporter.say(`${gaps.length} groups handed over, longest gap ${longest} ms`);
    const late = gaps.length === 0 ? 'no group was handed over' : longest > gapMs ? `${longest} ms` : undefined;
    reporter.check(`no gap above ${gapMs} ms`, late);
  }
  reporter.check('nothing was left running', left.length > 0 ? `still there: ${left.join(', ')}` : undefined);
}

function assess({ reporter }: Scene, name: string, service: string, ledger: Ledger) {
  const slowest = Math.max(...ledger.faults.map(({ at, until: gone }) => (gone ?? Infinity) - at));
  reporter.check(
    `${name}: gone within ${goneWithinMs} ms`,
    ledger.faults.length === 2 && slowest <= goneWithinMs ? undefined : `${slowest} ms`,
  );
  const connections = ledger.readers.flatMap((reader) => reader.connections);
  const failed = [...unread(ledger), ...uncreated(ledger), ...unheard(ledger)];
  const asked = ledger.polls.length + connections.length + ledger.groups.reduce((sum, g) => sum + g.answers.length, 0);
  reporter.check(`${name}: no request fails`, inShort(failed, asked));
  const broken = connections.filter(({ end, status }) => end === 'broken' && status === 200).length;
  reporter.check(`${name}: streams end in order`, broken > 0 ? `${broken} were cut` : undefined);
  const gaps =
    service === 'stream-ingestor'
      ? ledger.faults.flatMap((fault) => gapsOfHandOver(ledger, fault.at, fault.instance!))
      : [];
  return { gaps, note: `${failed.length} of ${asked} requests failed, gone in ${(slowest / 1_000).toFixed(1)} s` };
}

const restartBoth =
  (service: string) =>
  async ({ product, tables }: House, { startedAt }: RoundProgress): Promise<FaultAccount[]> => {
    await sleep(Math.max(0, startedAt + 4_000 - Date.now()));
    const faults: FaultAccount[] = [];
    for (const name of [service, `${service}.2`]) {
      const checkpoints = await tables.checkpoints();
      const pid = await product.pidOf(name);
      const instance = environmentOf(pid).SERVICE_INSTANCE!;
      const at = Date.now();
      process.kill(pid, 'SIGTERM');
      await until(`${name} is gone`, () => !isRunning(pid), { timeoutMs: 20_000, everyMs: 20 });
      faults.push({ kind: 'stop', service: name, instance, pid, at, until: Date.now(), checkpoints });
      await until(`${name} is ready again`, async () => isReady(await product.pidOf(name)), { timeoutMs: 30_000 });
      // A load balancer looks before it sends anything there.
      await sleep(1_000);
    }
    return faults;
  };

async function isReady(pid: number): Promise<boolean> {
  const answer = await fetch(`http://127.0.0.1:${environmentOf(pid).OPS_PORT}/readyz`).catch(() => undefined);
  return answer?.ok === true;
}

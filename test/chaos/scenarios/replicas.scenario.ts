import { setTimeout as sleep } from 'node:timers/promises';
import { inShort, unread } from '../answers';
import { inHouse, type House } from '../house';
import type { FaultAccount, Ledger } from '../ledger';
import { environmentOf } from '../participants/process.table';
import { sharesBetween, workOf } from '../participants/work.shares';
import type { Random } from '../random';
import { runRound, type PlannedGroup, type RoundProgress } from '../round';
import { standstillsAfter, type Standstills } from '../standstill';
import type { Scene } from './scenario';

const leaseSeconds = 4;
/** Everything goes on this soon after one of two was killed for good. */
const goesOnWithinMs = (leaseSeconds + 5) * 1_000;
/** Nobody does less or more of the work than this. */
const share = { least: 0.3, most: 0.7 };
/** Dead for long enough that only its fellow can have done what was done. */
const deadMs = goesOnWithinMs + 2_000;

/** Many small groups and a few larger ones: enough of everything that shares mean something. */
const sharedLoad = (random: Random): PlannedGroup[] => [
  ...Array.from({ length: 48 }, () => ({
    afterMs: random.between(0, 24_000),
    rows: 6,
    readers: random.below(2),
    pollMs: 800,
    repeated: false,
  })),
  ...[0, 6_000, 12_000].map((afterMs) => ({ afterMs, rows: 60, readers: 6, pollMs: 500, repeated: true })),
];

const steadyLoad = (random: Random): PlannedGroup[] => [
  ...[0, 500, 1_000, 8_000].map((afterMs) => ({ afterMs, rows: 100, readers: 4, pollMs: 400, repeated: false })),
  ...Array.from({ length: 9 }, (_, i) => ({
    afterMs: 2_000 * i + random.between(0, 2_000),
    rows: 6,
    readers: 1,
    pollMs: 400,
    repeated: true,
  })),
];

/**
 * Two of every service behind the front door, which gives them their turns: readers that come back are at the other replica as
 * often as not. First the shares of the work, then one replica of each service killed, and again whenever it comes back.
 */
export async function replicasScenario(scene: Scene): Promise<void> {
  const { options, random, reporter } = scene;
  const left = await inHouse(
    {
      root: scene.root,
      random,
      args: ['--replicas', '2', '--emulator-speed', '20'],
      env: {
        LEASE_SECONDS: String(leaseSeconds),
        // A notifier's lease on a webhook: as long as a delivery may take, and a little.
        NOTIFIER_CLAIM_SECONDS: '6',
        INGEST_ROWS_PER_BATCH: '25',
        // Fewer at once and therefore longer: groups are in the middle of things for all the time a replica is dead.
        EMULATOR_GROUP_CONCURRENCY: '8',
      },
      emulatorFaults: [{ kind: 'delay', seconds: 0.2, match: { endpoint: ['create_group', 'add_runs'] } }],
      failingWebhooks: 0,
    },
    async (house) => {
      await shares(scene, house);
      // Each service twice at most, each time another replica: the dead times alone take minutes.
      for (const service of options.services)
        for (let n = 1; n <= Math.min(options.rounds, 2); n++) {
          const name = n === 1 ? service : `${service}.${n}`;
          const seed = random.fork(`${name} dead`);
          await oneDead(scene, house, name, seed);
        }
    },
  );
  reporter.check('nothing was left running', left.length > 0 ? `still there: ${left.join(', ')}` : undefined);
}

async function shares({ random, reporter }: Scene, house: House): Promise<void> {
  const before = await workOf(house.product);
  const seed = random.fork('shares');
  const plan = { name: 'shares', random: seed, groups: sharedLoad(seed), clients: 8, deadlineMs: 150_000 };
  const result = await runRound(house, { ...plan, disturb: async () => [] });
  const found = sharesBetween(before, await workOf(house.product));
  const told: string[] = [];
  for (const [service, processes] of found) {
    const parts = [...processes.values()];
    told.push(`${service} ${parts.map((part) => Math.round(part * 100)).join(':')}`);
    const uneven = parts.some((part) => part < share.least || part > share.most);
    reporter.check(`both replicas of ${service} work`, uneven ? `shares are ${told.at(-1)}` : undefined);
  }
  const holders = Map.groupBy(startsOf(result.ledger), (holder) => holder);
  const groups = [...holders.values()].map(({ length }) => length);
  const even = groups.length === 2 && Math.min(...groups) >= share.least * (groups[0]! + groups[1]!);
  reporter.check('the log names both ingestors', even ? undefined : `groups by holder: ${groups.join(':')}`);
  const note = told.join(', ');
  reporter.say(`shares in %: ${note}; groups by holder in the log ${groups.join(':')}`);
  await reporter.round({
    scenario: 'replicas',
    service: '-',
    name: plan.name,
    hit: [],
    note: 'nobody is hit',
    ...result,
  });
}

const startsOf = ({ log }: Ledger): string[] =>
  log.messages.filter(({ type }) => type === 'multitask.ingest.started.v1').map(({ data }) => String(data.holder));

async function oneDead({ reporter }: Scene, house: House, name: string, random: Random): Promise<void> {
  const service = name.split('.')[0]!;
  const instance = environmentOf(await house.product.pidOf(name)).SERVICE_INSTANCE!;
  const plan = { name: `${name} dead`, random, groups: steadyLoad(random), clients: 8, deadlineMs: 150_000 };
  const result = await runRound(house, { ...plan, disturb: keepDead(name, random.between(3_000, 6_000)) });
  const { ledger } = result;
  const at = ledger.faults[0]?.at ?? Infinity;
  const stood = standstillsAfter(ledger, at, service === 'stream-ingestor' ? instance : undefined);
  for (const [what, ms] of Object.entries(stood) as [keyof Standstills, number | null][])
    reporter.check(
      `${plan.name}: ${what} within ${goesOnWithinMs} ms`,
      ms !== null && ms > goesOnWithinMs ? `${ms} ms` : undefined,
    );
  reporter.check(`${plan.name}: every result was read`, inShort(unread(ledger), ledger.polls.length));
  const refused = ledger.groups.reduce((sum, { refusals }) => sum + refusals.length, 0);
  const times = Object.entries(stood).flatMap(([what, ms]) =>
    ms === null ? [] : [`${what} ${(ms / 1_000).toFixed(1)}`],
  );
  const note = `${times.join(', ')} s, ${refused} creates repeated`;
  await reporter.round({ scenario: 'replicas', service, name: plan.name, hit: [], note, ...result });
}

/** Kills it, and again each time the supervisor has started it anew, until its fellow has had time to take everything over. */
const keepDead =
  (name: string, afterMs: number) =>
  async ({ product, tables }: House, { startedAt }: RoundProgress): Promise<FaultAccount[]> => {
    await sleep(Math.max(0, startedAt + afterMs - Date.now()));
    const checkpoints = await tables.checkpoints();
    let pid = await product.pidOf(name);
    const at = Date.now();
    process.kill(pid, 'SIGKILL');
    while (Date.now() < at + deadMs) {
      await sleep(50);
      const now = (await product.processes()).get(name);
      if (now === undefined || now === pid) continue;
      pid = now;
      process.kill(pid, 'SIGKILL');
    }
    await product.pidOf(name);
    return [{ kind: 'kill', service: name, pid, at, checkpoints }];
  };

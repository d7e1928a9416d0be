import { setTimeout as sleep } from 'node:timers/promises';
import { inHouse, type House } from '../house';
import type { FaultAccount, Ledger } from '../ledger';
import { sumOf } from '../participants/work.shares';
import type { Random } from '../random';
import { runRound, type PlannedGroup, type RoundProgress } from '../round';
import { standstillsAfter } from '../standstill';
import { until } from '../waiting';
import type { Scene } from './scenario';

const leaseSeconds = 4;
const claimSeconds = 6;
/** A projector that stops in the middle of a transaction holds its partition until Postgres ends that: after 10 s. */
const projectingAgainMs = 15_000;
const frozenProjectorMs = 20_000;

/** Groups of one row end by the dozen: when a notifier is stopped it has webhooks in its hands. */
const manyEnds = (random: Random): PlannedGroup[] =>
  Array.from({ length: 120 }, () => ({
    afterMs: random.between(0, 10_000),
    rows: 1,
    readers: 0,
    pollMs: 0,
    repeated: false,
  }));

const manyEvents = (random: Random): PlannedGroup[] =>
  Array.from({ length: 14 }, (_, i) => ({
    afterMs: 1_500 * i + random.between(0, 1_500),
    rows: 60,
    readers: 3,
    pollMs: 500,
    repeated: false,
  }));

/**
 * A notifier that is stopped for longer than its claims last, and a projector that is stopped for longer than its leases: their
 * fellows do the work meanwhile, and then they go on with what they had in their hands.
 */
export async function zombiesScenario(scene: Scene): Promise<void> {
  const { options, random, reporter } = scene;
  const seen = { again: 0, collisions: 0 };
  const left = await inHouse(
    {
      root: scene.root,
      random,
      args: ['--replicas', 'projector=2', '--replicas', 'notifier=2', '--emulator-speed', '40'],
      env: {
        LEASE_SECONDS: String(leaseSeconds),
        NOTIFIER_CLAIM_SECONDS: String(claimSeconds),
        EMULATOR_GROUP_CONCURRENCY: '8',
        // Small transactions: there is nearly always one under way.
        PROJECTOR_BATCH: '5',
        WEBHOOK_CONCURRENCY_PER_ENDPOINT: '32',
      },
      emulatorFaults: [],
      failingWebhooks: 0,
      // Long enough for the harness to see that something is being sent.
      webhookMs: 1_000,
    },
    async (house) => {
      for (let n = 1; n <= options.rounds; n++) {
        const service = n % 2 === 1 ? 'projector' : 'notifier';
        const name = `zombie ${service} ${n}`;
        const seed = random.fork(name);
        const groups = service === 'projector' ? manyEvents(seed) : manyEnds(seed);
        const replica = seed.chance(0.5) ? service : `${service}.2`;
        const disturb =
          service === 'projector'
            ? freeze(replica, seed, frozenProjectorMs)
            : freezeBusy(replica, 1_000 * claimSeconds + 2_000);
        const result = await runRound(house, { name, random: seed, groups, clients: 8, disturb, deadlineMs: 150_000 });
        const again = deliveredAgain(result.ledger);
        const collisions = (await collisionsIn(house)) - seen.collisions;
        seen.again += again;
        seen.collisions += collisions;
        const at = result.ledger.faults[0]?.at ?? Infinity;
        const behindMs = standstillsAfter(result.ledger, at).result ?? 0;
        const note =
          service === 'projector'
            ? `${collisions} batches dropped, results ${behindMs} ms behind at most`
            : `${again} webhooks sent again`;
        await reporter.round({ scenario: 'zombies', service, name, hit: [], note, ...result });
        const ids = deliveredUnderTwoIds(result.ledger);
        const late = behindMs > projectingAgainMs ? `${behindMs} ms behind` : undefined;
        reporter.check(`${name}: its partitions go on within ${projectingAgainMs} ms`, late);
        reporter.check(`${name}: one id per webhook`, ids > 0 ? `${ids} came under two` : undefined);
      }
    },
  );
  reporter.say(
    `${seen.again} webhooks were sent again under their id, ${seen.collisions} batches dropped because another projector had been faster`,
  );
  reporter.check(
    'a notifier woke up behind the end of its claim',
    seen.again > 0 ? undefined : 'no webhook was sent again',
  );
  reporter.check('nothing was left running', left.length > 0 ? `still there: ${left.join(', ')}` : undefined);
}

type Disturbance = (house: House, progress: RoundProgress) => Promise<readonly FaultAccount[]>;

const freeze =
  (service: string, random: Random, ms: number): Disturbance =>
  async (house, { startedAt }) => {
    await sleep(Math.max(0, startedAt + random.between(2_000, 8_000) - Date.now()));
    return stopFor(house, service, ms);
  };

/** Stops a notifier the moment it says that it is sending something. */
const freezeBusy =
  (service: string, ms: number): Disturbance =>
  async (house, { startedAt }) => {
    const { product } = house;
    await sleep(Math.max(0, startedAt + 3_000 - Date.now()));
    const pid = await product.pidOf(service);
    const isBusy = async () => sumOf(await product.metricsOf(pid), 'multitask_webhooks_under_way') > 0;
    await until(`${service} sends a webhook`, isBusy, { timeoutMs: 20_000, everyMs: 2 }).catch(() => undefined);
    return stopFor(house, service, ms);
  };

async function stopFor({ product, tables }: House, service: string, ms: number): Promise<FaultAccount[]> {
  const pid = await product.pidOf(service);
  const checkpoints = await tables.checkpoints();
  process.kill(pid, 'SIGSTOP');
  const at = Date.now();
  try {
    await sleep(ms);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  return [{ kind: 'freeze', service, pid, at, until: Date.now(), checkpoints }];
}

const byGroup = ({ deliveries }: Ledger) => [...Map.groupBy(deliveries, ({ group }) => group).values()];
const deliveredAgain = (ledger: Ledger): number => byGroup(ledger).filter((arrivals) => arrivals.length > 1).length;
const deliveredUnderTwoIds = (ledger: Ledger): number =>
  byGroup(ledger).filter((arrivals) => new Set(arrivals.map(({ id }) => id)).size > 1).length;

/** Batches that projectors dropped because another one had been faster. */
async function collisionsIn({ product }: House): Promise<number> {
  const pids = [...(await product.processes())].flatMap(([name, pid]) => (name.startsWith('projector') ? [pid] : []));
  const texts = await Promise.all(pids.map((pid) => product.metricsOf(pid)));
  return texts.reduce((sum, text) => sum + sumOf(text, 'multitask_projector_collisions_total'), 0);
}

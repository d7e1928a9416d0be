import { setTimeout as sleep } from 'node:timers/promises';
import { inHouse, type House } from '../house';
import type { FaultAccount } from '../ledger';
import { phasesHit, requiredPhases, type Phase } from '../phases';
import { lagsOnceOver, missed, promised, workingAgainMs } from '../recovery';
import type { Random } from '../random';
import { runRound, type PlannedGroup, type RoundProgress } from '../round';
import { percentile } from '../standstill';
import { until } from '../waiting';
import type { Scene } from './scenario';

/** Three groups of 300 rows in batches of 60, and small ones that come in between, 20 readers over all of them. */
const fullLoad = (random: Random): PlannedGroup[] => [
  ...[0, 2_000, 4_000].map((afterMs) => ({
    afterMs: afterMs && afterMs + random.between(0, 1_000),
    rows: 300,
    readers: 6,
    pollMs: 700,
    repeated: random.chance(0.3),
  })),
  ...[3_000, 6_000, 9_000, 12_000, 15_000].map((afterMs, i) => ({
    afterMs: afterMs + random.between(0, 2_000),
    rows: 12,
    readers: i < 2 ? 1 : 0,
    pollMs: 500,
    repeated: random.chance(0.3),
  })),
];

const shortLoad = (): PlannedGroup[] => [{ afterMs: 0, rows: 60, readers: 6, pollMs: 300, repeated: true }];

/** So that there is something to do for every service once it is killed, however late that is. */
const groupAfter = (killMs: number): PlannedGroup => ({
  afterMs: killMs + 200,
  rows: 2,
  readers: 1,
  pollMs: 500,
  repeated: false,
});
/** Lags are looked at from 15 s after a kill on: not every round lasts that long. */
const fewestLags = 5;

/** The upstream takes its time over each call, so that there is something to be killed in. */
const slowCalls = (seconds: number) => [
  { kind: 'delay', seconds, match: { endpoint: ['create_group', 'add_runs'] } },
  { kind: 'delay', seconds, when: 'after', match: { endpoint: 'add_runs' } },
  { kind: 'hide_runs', seconds: 1, rate: 0.2 },
  // Too large for one message of the log, and for a frame of the stream.
  { kind: 'large_output', bytes: 300_000, rate: 0.01 },
];

/** `kill -9` of each service by its pid, at times drawn uniformly over the run. */
export async function killScenario(scene: Scene): Promise<void> {
  const { options, random, reporter } = scene;
  const { short } = options;
  const load = short ? shortLoad : fullLoad;
  const left = await inHouse(
    {
      root: scene.root,
      random,
      args: ['--emulator-speed', short ? '40' : '20'],
      // The upstream's own pace, which a local start does not keep: a batch of 60 every 2 s leaves time to be killed in between.
      env: { INGEST_ROWS_PER_BATCH: short ? '20' : '60', PACE_RUNS_PER_MINUTE: '1800' },
      emulatorFaults: slowCalls(short ? 0.2 : 0.4),
      failingWebhooks: 0.3,
    },
    async (house) => {
      const round = async (name: string, service: string, seed: Random, killMs?: number) => {
        const plan = {
          name,
          random: seed,
          groups: [...load(seed), ...(killMs === undefined ? [] : [groupAfter(killMs)])],
          clients: 9,
          disturb: killMs === undefined ? async () => [] : kill(service, killMs),
          deadlineMs: short ? 45_000 : 150_000,
        };
        const result = await runRound(house, plan);
        const [fault] = result.ledger.faults;
        const hit = fault ? phasesHit(result.ledger, fault) : [];
        await reporter.round({ scenario: 'kill', service, name, hit, ...result });
        return { ...result, hit };
      };
      // Without a fault first: shows that a fault is what a later violation comes from, and how long a run is.
      const spanMs = short ? 4_500 : (await round('undisturbed', '-', random.fork('undisturbed'))).tookMs;
      for (const service of options.services) {
        const [again, lags]: [number[], number[]] = [[], []];
        const met = new Set<Phase>();
        for (let n = 1; n <= options.rounds; n++) {
          const seed = random.fork(`${service} ${n}`);
          const { hit, ledger } = await round(`${service} ${n}`, service, seed, seed.fork('kill').between(0, spanMs));
          for (const phase of hit) met.add(phase);
          const ms = workingAgainMs(ledger);
          if (ms !== null) again.push(ms);
          for (const lag of lagsOnceOver(ledger)) lags.push(lag);
        }
        reporter.say(`${service} works again: ${inWords(again)} after it was started anew`);
        // The short form may run on a machine that is busy with other things: not how soon is asked, but whether.
        const limitMs = short ? Infinity : promised.workingAgainMs;
        const inTime = short ? '' : ` within ${limitMs} ms`;
        reporter.check(`${service} works again${inTime}`, missed(again, limitMs, options.rounds));
        if (short) continue;
        const unmet = requiredPhases(service).filter((phase) => !met.has(phase));
        reporter.check(
          `kills of ${service} met every phase`,
          unmet.length > 0
            ? `never hit over ${options.rounds} rounds: ${unmet.join(', ')}; more rounds or another seed`
            : undefined,
        );
        reporter.say(`behind the log from 15 s after kills of ${service} on: ${inWords(lags)}`);
        reporter.check(`${service}: lag below 1 s within 15 s`, missed(lags, promised.lagMs, fewestLags));
      }
    },
  );
  reporter.check('nothing was left running', left.length > 0 ? `still there: ${left.join(', ')}` : undefined);
}

const inWords = (all: readonly number[]): string =>
  all.length === 0
    ? 'no figure'
    : `p50 ${percentile(all, 0.5)}, p95 ${percentile(all, promised.share)}, most ${percentile(all, 1)} ms of ${all.length}`;

type Disturbance = (house: House, progress: RoundProgress) => Promise<readonly FaultAccount[]>;

const kill =
  (service: string, afterMs: number): Disturbance =>
  async ({ product, tables }, { startedAt }) => {
    await sleep(Math.max(0, startedAt + afterMs - Date.now()));
    const pid = await product.pidOf(service);
    const checkpoints = await tables.checkpoints();
    const at = Date.now();
    process.kill(pid, 'SIGKILL');
    const isAnother = async () => (await product.pidOf(service)) !== pid;
    await until(`${service} is started anew`, isAnother, { timeoutMs: 30_000, everyMs: 20 });
    const restartedAt = Date.now();
    const restartCheckpoints = await tables.checkpoints();
    return [{ kind: 'kill', service, pid, at, restartedAt, checkpoints, restartCheckpoints }];
  };

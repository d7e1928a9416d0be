import { setTimeout as sleep } from 'node:timers/promises';
import { inHouse, type House } from '../house';
import type { GroupAccount, LogAccount } from '../ledger';
import { createGroup } from '../participants/group.client';
import { LogCopy } from '../participants/log.copy';
import { environmentOf } from '../participants/process.table';
import { repairsOf, toldAt, type RepairAccount } from '../participants/repair.witness';
import { StoreServer, type Outage } from '../participants/store.server';
import { sinceRewind, whatWasToldIsTrue } from '../rewound.ledger';
import { runRound, type PlannedGroup } from '../round';
import type { Scene } from './scenario';

/** Everybody who writes or reads the log leaves it alone within this. */
const noticedWithinMs = 10_000;
const leftAlone = 'the log was set back';

interface Plan {
  readonly groups: readonly PlannedGroup[];
  readonly copyAfterMs: number;
  readonly rewindAfterMs: number;
  readonly deadlineMs: number;
}

const group = (afterMs: number, rows: number, readers: number): PlannedGroup => ({
  ...{ afterMs, rows, readers },
  pollMs: readers > 0 ? 1_000 : 2_000,
  repeated: false,
});

/** Groups of 300 rows every 5 s, at 15 rows a second each, and small ones in between; none within the last seconds before. */
const fullPlan = (): Plan => {
  const rewindAfterMs = 45_000;
  const times = Array.from({ length: 40 }, (_, i) => i * 1_000).filter((ms) => ms < rewindAfterMs - 4_000);
  const groups = times.map((ms) => (ms % 5_000 === 0 ? group(ms, 300, 4) : group(ms, 3, 0)));
  return { groups, copyAfterMs: rewindAfterMs - 30_000, rewindAfterMs, deadlineMs: 300_000 };
};

/** Some are done before the copy, some begin and end behind it, some are under way all the time. */
const shortPlan = (): Plan => ({
  groups: [group(0, 90, 4), group(0, 2, 2), group(2_500, 60, 4), group(5_500, 2, 2), group(6_500, 60, 2)],
  copyAfterMs: 5_000,
  rewindAfterMs: 11_000,
  deadlineMs: 110_000,
});

/**
 * The log's data directory is replaced by a copy of 30 s before (short: 6 s), under load. A moment before that the projectors
 * are stopped and a group is created: nobody holds anything of it afterwards, and the alarm must name it and nothing else.
 */
export async function logRewindScenario(scene: Scene): Promise<void> {
  const { options, random, reporter } = scene;
  const plan = options.short ? shortPlan() : fullPlan();
  const left = await inHouse(
    {
      root: scene.root,
      random,
      args: ['--emulator-speed', options.short ? '40' : '20', '--replicas', 'projector=2'],
      env: { INGEST_ROWS_PER_BATCH: '30', PACE_RUNS_PER_MINUTE: options.short ? '1200' : '900' },
      emulatorFaults: [{ kind: 'hide_runs', seconds: 2, rate: 0.3 }],
      failingWebhooks: 0.2,
    },
    async (house) => {
      let told: Rewind | undefined;
      const name = 'log rewind';
      const result = await runRound(house, {
        ...{ name, random: random.fork(name), groups: plan.groups, clients: 64, deadlineMs: plan.deadlineMs },
        disturb: async (_, { startedAt, firstSeq }) => {
          told = await rewind(house, plan, startedAt, firstSeq, random.seed);
          const { pid, at, readyAt } = told.outage;
          return [{ kind: 'outage', service: 'nats', pid, at, until: readyAt, checkpoints: told.checkpoints }];
        },
      });
      if (!told) return reporter.check(name, `the log was not set back: ${result.failure}`);
      const { lostGroup, outage } = told;
      const [repair, ...more] = await repairsOf(house.product.databaseUrl);
      const report = repair?.report;
      reporter.check(`${name}: it was repaired once`, more.length > 0 ? `${more.length} times more` : undefined);
      reporter.check(`${name}: it was repaired`, repair?.doneAt ? undefined : 'it was not');
      const lastNoticedMs = await assessNotice(scene, house, told, repair);
      const named = report?.lostGroups.join(', ') ?? 'nothing';
      const expected = lostGroup.answers[0]!.id;
      reporter.check(
        `${name}: the alarm names what is lost, and nothing else`,
        named === expected ? undefined : `it names ${named}, lost is ${expected}`,
      );
      const losses = Object.entries(report?.losses ?? {}).map(([id, says]) => `${id}: ${says[0]}`);
      reporter.check(`${name}: what was kept is there again`, losses[0]);

      const ledger = sinceRewind(result.ledger, new Set([expected]));
      const untrue = whatWasToldIsTrue(result.ledger);
      reporter.check(
        `${name}: what anybody was ever told is true`,
        untrue[0] && `${untrue[0].about}: ${untrue[0].says}; ${untrue.length} in all`,
      );
      const readers = result.ledger.readers.filter(({ connections }) =>
        connections.some(({ endedAt }) => endedAt > outage.readyAt),
      );
      const untold = readers.filter(
        ({ connections }) => !connections.some(({ frames }) => frames.some(({ event }) => event === 'reset')),
      );
      reporter.check(
        `${name}: readers were told to begin anew`,
        untold.length > 0 ? `${untold.length} of ${readers.length} were not, such as ${untold[0]!.group}` : undefined,
      );
      const gone = told.before.messages.length - told.kept;
      const repairMs = (repair?.doneAt ?? 0) - (repair?.noticedAt ?? 0);
      const noticedMs = (repair?.noticedAt ?? 0) - outage.readyAt;
      const note = `noticed after ${(noticedMs / 1_000).toFixed(1)} s, the last service ${(lastNoticedMs / 1_000).toFixed(1)} s, ${gone} messages lost, ${report?.restoredFacts} told again, repaired in ${(repairMs / 1_000).toFixed(1)} s`;
      await reporter.round({ scenario: 'log-rewind', service: 'nats', name, hit: [], note, ...result, ledger });
    },
  );
  reporter.check('nothing was left running', left.length > 0 ? `still there: ${left.join(', ')}` : undefined);
}

interface Rewind {
  readonly outage: Outage;
  readonly lostGroup: GroupAccount;
  readonly checkpoints: Readonly<Record<string, number>>;
  /** What the log held just before. */
  readonly before: LogAccount;
  /** How many of these it held afterwards. */
  readonly kept: number;
}

async function rewind(house: House, plan: Plan, startedAt: number, firstSeq: number, seed: string): Promise<Rewind> {
  const { product, log, tables, receiver } = house;
  const nats = new StoreServer(product, 'nats');
  await sleep(startedAt + plan.copyAfterMs - Date.now());
  const copy = await LogCopy.take(nats);
  await sleep(startedAt + plan.rewindAfterMs - Date.now());
  const projectors = [...(await product.processes())].filter(([name]) => name.startsWith('projector'));
  const stopped = projectors.map(([, pid]) => pid);
  for (const pid of stopped) process.kill(pid, 'SIGSTOP');
  try {
    const lost = { idempotencyKey: `${seed} lost`, apiKey: 'chaos-lost', rows: 2, webhookUrl: receiver.url };
    const lostGroup = await createGroup(product.origin, lost, Date.now() + 20_000);
    const [before, checkpoints] = [await log.account(firstSeq), await tables.checkpoints()];
    let release = () => {};
    const outage = await nats.away('SIGKILL', 500, async () => {
      await copy.putBack();
      release = () => stopped.forEach((pid) => process.kill(pid, 'SIGCONT'));
    });
    const after = await log.account(firstSeq).catch(() => ({ messages: [], deleted: 0 }));
    release();
    const ids = new Set(after.messages.map(({ id }) => id));
    return { outage, lostGroup, checkpoints, before, kept: before.messages.filter(({ id }) => ids.has(id)).length };
  } finally {
    for (const pid of stopped) process.kill(pid, 'SIGCONT');
  }
}

/** They read nothing of the log that was put back: the upstream's stand-in, and the engine, whose truth is in Postgres. */
const withoutLog: ReadonlySet<string> = new Set(['parallel-emulator', 'orchestrator']);

/** Answers after how many milliseconds the last service left the log alone. */
async function assessNotice(
  { reporter }: Scene,
  { product }: House,
  { outage }: Rewind,
  repair: RepairAccount | undefined,
): Promise<number> {
  const late = (at: number | undefined) =>
    at !== undefined && at - outage.readyAt <= noticedWithinMs
      ? undefined
      : at === undefined
        ? 'it did not'
        : `after ${at - outage.readyAt} ms`;
  reporter.check('log rewind: it was noticed within 10 s', late(repair?.noticedAt));
  const services = [...(await product.processes())].filter(([, pid]) => environmentOf(pid).OPS_PORT);
  const names = services.map(([name]) => name).filter((name) => !withoutLog.has(name));
  const told = await toldAt(product.dataDir, names, leftAlone, outage.at);
  for (const [name, at] of told) reporter.check(`log rewind: ${name} left the log alone within 10 s`, late(at));
  return Math.max(...[...told.values()].map((at) => (at ?? Infinity) - outage.readyAt));
}

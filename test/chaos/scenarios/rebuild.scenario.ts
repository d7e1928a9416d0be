import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { inShort, unheard, unread } from '../answers';
import { inHouse, type House } from '../house';
import { readModelIsTheFold } from '../invariants/i2-read-model';
import type { FaultAccount, GroupAccount } from '../ledger';
import { writeGroups } from '../participants/log.writer';
import { firstUnprojected, longestLag } from '../progress';
import { runRound, type PlannedGroup, type RoundProgress } from '../round';
import { until } from '../waiting';
import type { Scene } from './scenario';

/** What came into the log is projected within this, rebuild or not. */
const longestLagMs = 2_000;
const rowsPerGroup = 100;

/** A new group every second and one of 100 rows every four, read all the time: some are created while the tables are swapped. */
const liveLoad = (seconds: number): PlannedGroup[] =>
  Array.from({ length: seconds }, (_, i) => ({
    afterMs: i * 1_000,
    ...(i % 4 === 0 ? { rows: 100, readers: 3, pollMs: 200 } : { rows: 3, readers: 1, pollMs: 200 }),
    repeated: false,
  }));

/**
 * The read model is rebuilt from a log of 100,000 events (short: 5,000) while groups are created, bought and read, with two
 * projectors. The first rebuild is killed in the middle; before the second, rows of a finished group are falsified.
 */
export async function rebuildScenario(scene: Scene): Promise<void> {
  const { options, random, reporter } = scene;
  const { short } = options;
  const groups = short ? 25 : 500;
  const left = await inHouse(
    {
      root: scene.root,
      random,
      args: ['--emulator-speed', '20', '--replicas', 'projector=2'],
      env: { INGEST_ROWS_PER_BATCH: '30', PACE_RUNS_PER_MINUTE: '1800' },
      emulatorFaults: [],
      failingWebhooks: 0.1,
    },
    async (house) => {
      const old = await writeGroups(house.product.natsUrl, groups, rowsPerGroup);
      const { messages } = await house.log.account(1);
      const isProjected = async () => !firstUnprojected(messages, await house.tables.checkpoints());
      await until('the old groups are projected', isProjected, { timeoutMs: 300_000, everyMs: 500 });
      const name = 'rebuild';
      let done: Rebuilds | undefined;
      const result = await runRound(house, {
        ...{ name, random: random.fork(name), groups: liveLoad(short ? 12 : 75), clients: 16, deadlineMs: 300_000 },
        disturb: async (_, progress) => {
          done = await rebuildTwice(scene, house, progress, old);
          return done.faults;
        },
      });
      const { ledger } = result;
      const lag = longestLag(ledger.log.messages, ledger.progress, done?.from ?? 0, done?.until ?? 0);
      const late = lag > longestLagMs ? `it was ${lag} ms` : undefined;
      reporter.check(`${name}: live lag below 2 s`, done ? late : 'there was no rebuild');
      reporter.check(`${name}: every result was read`, inShort(unread(ledger), ledger.polls.length));
      const streams = ledger.readers.reduce((sum, { connections }) => sum + connections.length, 0);
      reporter.check(`${name}: every stream was given`, inShort(unheard(ledger), streams));
      await assessOld(scene, house, old);
      const note = `${messages.length} events in ${done?.took}; longest lag ${(lag / 1_000).toFixed(1)} s`;
      await reporter.round({ scenario: 'rebuild', service: 'projector', name, hit: [], note, ...result });
    },
  );
  reporter.check('nothing was left running', left.length > 0 ? `still there: ${left.join(', ')}` : undefined);
}

interface Rebuilds {
  readonly faults: readonly FaultAccount[];
  readonly from: number;
  readonly until: number;
  readonly took: string;
}

async function rebuildTwice(
  { root, options, reporter }: Scene,
  { product, tables }: House,
  { startedAt }: RoundProgress,
  old: readonly string[],
): Promise<Rebuilds> {
  await sleep(startedAt + 3_000 - Date.now());
  const from = Date.now();
  const env = { NATS_URL: product.natsUrl, DATABASE_URL: product.databaseUrl };
  const first = startRebuild(root, env);
  await sleep(options.short ? 700 : 5_000);
  const checkpoints = await tables.checkpoints();
  const at = Date.now();
  const killed = first.kill();
  await first.ended;
  reporter.check('rebuild: the first one was killed in the middle', killed ? undefined : 'it had ended before');

  const falsified = await tables.falsify(old[0]!);
  reporter.check('rebuild: rows were falsified before the second', falsified > 0 ? undefined : 'there were none');
  const second = startRebuild(root, env);
  const code = await second.ended;
  const says = second.lines.join('; ');
  reporter.check('rebuild: it ends well', code === 0 ? undefined : `it ended with ${code}: ${says}`);
  const compared = new RegExp(`: ${falsified} were not as the log says`).test(says);
  reporter.check('rebuild: its comparison finds what was falsified', compared ? undefined : says);
  const took = /in ([\d.]+ s; writers waited \d+ ms)/.exec(says)?.[1] ?? 'unknown time';
  const fault: FaultAccount = { kind: 'kill', service: 'rebuild', pid: first.pid, at, checkpoints };
  return { faults: [fault], from, until: Date.now(), took };
}

function startRebuild(root: string, env: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, [join(root, 'services/projector/dist/rebuild.js')], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  for (const output of [child.stdout, child.stderr])
    createInterface({ input: output }).on('line', (line) => void lines.push(line));
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { pid: child.pid ?? 0, lines, ended, kill: () => child.exitCode === null && child.kill('SIGKILL') };
}

/** What was rebuilt equals a fold of the raw log, looked at in some of the old groups, the falsified one among them. */
async function assessOld({ reporter }: Scene, { log, tables }: House, old: readonly string[]): Promise<void> {
  const some = old.filter((_, i) => i % Math.ceil(old.length / 20) === 0);
  const account = await log.account(1);
  const faults = readModelIsTheFold({
    groups: some.map((id) => ({ answers: [{ id, url: '' }] }) as unknown as GroupAccount),
    ...{
      faults: [],
      readers: [],
      deliveries: [],
      polls: [],
      upstream: { requests: [], runs: [], events: [] },
      progress: [],
    },
    log: account,
    tables: await tables.account(some),
  });
  reporter.check(
    `rebuild: ${some.length} old groups equal the log`,
    faults[0] && `${faults[0].about}: ${faults[0].says}; ${faults.length} in all`,
  );
}

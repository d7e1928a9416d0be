import { setTimeout as sleep } from 'node:timers/promises';
import { inHouse, type House } from '../house';
import type { ReaderAccount } from '../ledger';
import { environmentOf } from '../participants/process.table';
import { StreamCrowd } from '../participants/stream.crowd';
import type { ReaderHabits } from '../participants/stream.reader';
import { paceOf } from '../pace';
import type { Random } from '../random';
import { runRound, type RoundProgress } from '../round';
import { percentile } from '../standstill';
import { until } from '../waiting';
import { compareRounds } from '../worsening';
import type { Scene } from './scenario';

interface Size {
  readonly rows: number;
  readonly rowsPerMinute: number;
  readonly outputBytes: number;
  /** Readers that only look how late they are told, others that also note everything, and in some rounds those that stall. */
  readonly timed: number;
  readonly noting: number;
  readonly stalled: number;
  /** Those that stall read again after this; none: when the group is done. */
  readonly stallMs?: number;
  readonly warmUpMs: number;
  /** Below this a round shows nothing. */
  readonly changes: number;
  readonly changesPerSecond: number;
  readonly rounds: readonly string[];
}

/** 150 rows a second for 100 s, all of one group: each is bought and done, and most are seen running in between. */
const full: Size = {
  ...{ rows: 15_000, rowsPerMinute: 9_000, outputBytes: 2_000 },
  ...{ timed: 96, noting: 4, stalled: 20, stallMs: 60_000, warmUpMs: 15_000 },
  ...{ changes: 30_000, changesPerSecond: 270 },
  rounds: [1, 2, 3].flatMap((n) => [`alone ${n}`, `stalled ${n}`]),
};
/** Some 40 MB for each reader: the system and the front door keep 15 MB for one that takes nothing. */
const brief: Size = {
  ...{ rows: 400, rowsPerMinute: 6_000, outputBytes: 50_000 },
  ...{ timed: 5, noting: 2, stalled: 4, warmUpMs: 0, changes: 800, changesPerSecond: 0 },
  rounds: ['stalled 1'],
};

/**
 * A hundred readers that keep up, and in every second round twenty beside them that stop reading for a while: those are cut off,
 * come back and miss nothing, and the hundred do not notice. Answers so long that the system's own buffers are full in time.
 */
export async function slowReadersScenario(scene: Scene): Promise<void> {
  const { options, random, reporter } = scene;
  const size = options.short ? brief : full;
  const p99: Record<'alone' | 'stalled', number[]> = { alone: [], stalled: [] };
  const left = await inHouse(
    {
      root: scene.root,
      random,
      args: ['--emulator-speed', '50'],
      env: {
        INGEST_ROWS_PER_BATCH: '100',
        PACE_RUNS_PER_MINUTE: String(size.rowsPerMinute),
        // A run takes up to two seconds at this speed: with 64 of them at once, as the emulator has it, 68 a second would end.
        EMULATOR_GROUP_CONCURRENCY: '512',
      },
      emulatorFaults: [{ kind: 'large_output', bytes: size.outputBytes, rate: 1 }],
      failingWebhooks: 0,
    },
    async (house) => {
      for (const name of size.rounds) {
        const kind = name.startsWith('alone') ? 'alone' : 'stalled';
        const { result, ages, gone } = await playRound(scene, house, random.fork(name), name, size);
        const { ledger } = result;
        const at99 = percentile(ages, 0.99) ?? Number.NaN;
        p99[kind].push(at99);
        const stalled = ledger.readers.filter(isStalled);
        const cut = stalled.filter(wasCut).length;
        const { changes, perSecond } = paceOf(ledger.log.messages);
        const pace = `${changes} changes, ${perSecond.toFixed(0)} a second`;
        const note = `${ages.length} arrivals, p99 ${at99} ms, ${cut} of ${stalled.length} stalled cut off, ${pace}`;
        await reporter.round({ scenario: 'slow-readers', service: 'results-gateway', name, hit: [], note, ...result });
        reporter.check(`${name}: the others were told`, ages.length === 0 ? note : undefined);
        // Whoever was cut is no longer late.
        reporter.check(`${name}: none of them was cut off`, gone > 0 && !options.short ? `${gone} were` : undefined);
        const isLess = changes < size.changes || perSecond < size.changesPerSecond;
        reporter.check(`${name}: there was enough to tell`, isLess ? pace : undefined);
        if (kind === 'alone') continue;
        const isCut = stalled.length === size.stalled && cut === size.stalled;
        reporter.check(`${name}: those that stalled were cut off`, isCut ? undefined : note);
        // On a machine that is busy with other things, whoever runs the short form may be slow itself.
        if (options.short) continue;
        const held = ledger.readers.filter((reader) => !isStalled(reader) && wasCut(reader)).length;
        reporter.check(`${name}: nobody else was`, held > 0 ? `${held} of ${size.noting}` : undefined);
      }
    },
  );
  if (!options.short) {
    const { figures, isWorse } = compareRounds(p99.stalled, p99.alone);
    reporter.say(`p99 with and without stalled readers: ${figures}`);
    reporter.check('stalled readers hold up nobody', isWorse ? figures : undefined);
  }
  reporter.check('nothing was left running', left.length > 0 ? `still there: ${left.join(', ')}` : undefined);
}

const stalledName = 'stalled';
const isStalled = ({ name }: ReaderAccount): boolean => name.startsWith(stalledName);

/** It had to come back for more; the last connection of everybody is answered that there is no more. */
const wasCut = ({ connections }: ReaderAccount): boolean =>
  connections.filter(({ status }) => status === 200).length > 1;

/**
 * Where the gateway itself answers: the front door of a start on one machine, through which everybody else comes, would take half
 * of a core to pass 300 changes a second on to a hundred readers, and it is the gateway that is looked at.
 */
async function atGateway({ product }: House, url: string): Promise<string> {
  const { PORT } = environmentOf(await product.pidOf('results-gateway'));
  return `http://127.0.0.1:${PORT}${new URL(url).pathname}`;
}

async function playRound({ root }: Scene, house: House, random: Random, name: string, size: Size) {
  let seen: { ages: ArrayLike<number>; gone: number } = { ages: [], gone: 0 };
  const { timed, noting, rows, warmUpMs } = size;
  const readers = noting + (name.startsWith(stalledName) ? size.stalled : 0);
  const group = { afterMs: 0, rows, readers, pollMs: 0, repeated: false };
  const isDone = (id: string) =>
    until('the group is done', () => house.receiver.wasTold(id), { timeoutMs: 120_000 }).catch(() => undefined);
  // All at once they would have the harness alone read 400 MB in that instant, on the machine of those who are timed.
  const stallsOf = (number: number) => {
    const { stallMs } = size;
    return { afterFrames: 40, until: stallMs === undefined ? isDone : () => sleep(stallMs + number * 1_500) };
  };
  const habits = (number: number): ReaderHabits => ({
    name: number < noting ? `${number + 1}` : `${stalledName} ${number - noting + 1}`,
    asksByQuery: number % 2 === 1,
    ...(number >= noting && { stalls: stallsOf(number - noting) }),
  });
  const disturb = async (_: House, { groups, over }: RoundProgress) => {
    const url = await until('the group', () => groups[0]?.answers[0]?.url, { timeoutMs: 60_000 });
    const crowd = new StreamCrowd(root, { url: await atGateway(house, url), readers: timed, warmUpMs });
    await new Promise<void>((resolve) => (over.aborted ? resolve() : over.addEventListener('abort', () => resolve())));
    const { ages, cut } = await crowd.close();
    seen = { ages, gone: cut };
    return [];
  };
  const plan = { name, random, groups: [{ ...group, habits }], clients: 1, disturb, deadlineMs: 300_000 };
  const result = await runRound(house, plan);
  return { result, ages: Array.from(seen.ages), gone: seen.gone };
}

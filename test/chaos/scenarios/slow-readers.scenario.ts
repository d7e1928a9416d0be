import { inHouse, type House } from '../house';
import { StreamCrowd } from '../participants/stream.crowd';
import type { Random } from '../random';
import { runRound, type RoundProgress } from '../round';
import { until } from '../waiting';
import type { Scene } from './scenario';

/** Readers that take nothing cost those that do at most this much of their 99th percentile. */
const worsening = 1.2;
const healthyReaders = 100;
const stalledReaders = 20;

/**
 * A hundred readers that keep up, and in every second round twenty beside them that stop reading for a while: those are cut off,
 * come back and miss nothing, and the hundred do not notice. Answers of 5 kB, so that the system's own buffers are soon full.
 */
export async function slowReadersScenario(scene: Scene): Promise<void> {
  const { options, random, reporter } = scene;
  const rounds = options.short ? ['stalled 1'] : [1, 2, 3].flatMap((n) => [`alone ${n}`, `stalled ${n}`]);
  const p99: Record<'alone' | 'stalled', number[]> = { alone: [], stalled: [] };
  const left = await inHouse(
    {
      root: scene.root,
      random,
      args: ['--emulator-speed', '50'],
      // 100 rows and some 300 events a second, all of one group.
      env: { INGEST_ROWS_PER_BATCH: '100', PACE_RUNS_PER_MINUTE: '6000' },
      emulatorFaults: [{ kind: 'large_output', bytes: 5_000, rate: 1 }],
      failingWebhooks: 0,
    },
    async (house) => {
      for (const name of rounds) {
        const kind = name.startsWith('alone') ? 'alone' : 'stalled';
        const seen = await playRound(house, random.fork(name), name, kind === 'stalled', options.short);
        const at99 = percentile(seen.ages, 0.99);
        p99[kind].push(at99);
        const { result } = seen;
        const stalled = result.ledger.readers;
        const cut = stalled.filter(({ connections }) => connections.length > 1).length;
        const note = `${seen.ages.length} arrivals, p99 ${at99} ms, ${cut} of ${stalled.length} stalled cut off`;
        await reporter.round({ scenario: 'slow-readers', service: 'results-gateway', name, hit: [], note, ...result });
        reporter.check(`${name}: those that stalled were cut off`, cut < stalled.length ? note : undefined);
        reporter.check(`${name}: the others were told`, seen.ages.length === 0 ? note : undefined);
      }
    },
  );
  if (!options.short) {
    const [alone, stalled] = [p99.alone, p99.stalled].map((values) => [...values].sort((a, b) => a - b)) as [
      number[],
      number[],
    ];
    const ratio = stalled[1]! / alone[1]!;
    const figures = `p99 ${stalled.join(', ')} ms with stalled readers, ${alone.join(', ')} ms without: ${ratio.toFixed(2)}`;
    // As with benchmarks: only ranges that do not overlap are a difference.
    reporter.check(
      'stalled readers hold up nobody',
      ratio > worsening && stalled[0]! > alone.at(-1)! ? figures : undefined,
    );
  }
  reporter.check('nothing was left running', left.length > 0 ? `still there: ${left.join(', ')}` : undefined);
}

async function playRound(house: House, random: Random, name: string, stalls: boolean, short: boolean) {
  let crowd: StreamCrowd | undefined;
  const rows = short ? 900 : 1_500;
  const group = { afterMs: 0, rows, readers: stalls ? stalledReaders : 0, pollMs: 0, repeated: false };
  const habits = (number: number) => ({
    name: `${number + 1}`,
    asksByQuery: number % 2 === 1,
    stalls: { afterFrames: 40, ms: short ? 12_000 : 18_000 },
  });
  const disturb = async (_: House, { groups, over }: RoundProgress) => {
    const url = await until('the group', () => groups[0]?.answers[0]?.url, { timeoutMs: 60_000 });
    crowd = new StreamCrowd(url, healthyReaders);
    await new Promise<void>((resolve) => (over.aborted ? resolve() : over.addEventListener('abort', () => resolve())));
    crowd.close();
    return [];
  };
  const plan = { name, random, groups: [{ ...group, habits }], clients: 1, disturb, deadlineMs: 150_000 };
  const result = await runRound(house, plan);
  return { result, ages: crowd?.ages ?? [] };
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

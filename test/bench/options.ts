import { parseArgs } from 'node:util';
import type { Scale } from './benchmark';

export interface BenchOptions {
  /** Ids such as B1; empty: all. */
  readonly only: readonly string[];
  readonly length: Scale['length'];
  readonly gate: boolean;
  readonly baseline: string | undefined;
  readonly profile: boolean;
  readonly verbose: boolean;
  /** Multiplies the time a benchmark may take. */
  readonly patience: number;
}

export const helpText = `What the product costs beside the least that could do the same (docs/benchmarks.md): npm run bench -- [options] [B1 B2 …]

  --short            less of everything: at most 20 s for each benchmark instead of 60
  --long             B9 with 2,000 groups instead of 500: at most 5 minutes for each benchmark
  --gate             end with 1 when a figure that must be reached was missed in every round
  --baseline <file>  an earlier result: with --gate, end with 1 also when a ratio got worse beyond its spread
  --patience <n>     n times as long for each, on a machine that is busy with other things
  --profile          a CPU profile of every service, below .cache/bench
  --verbose          tell every round
  --no-build         take what was compiled before`;

/** Throws an Error whose message is for the person who typed. */
export function parseOptions(args: readonly string[]): BenchOptions | 'help' {
  const { values, positionals } = parseArgs({
    args: [...args],
    strict: true,
    allowPositionals: true,
    options: {
      short: { type: 'boolean', default: false },
      long: { type: 'boolean', default: false },
      gate: { type: 'boolean', default: false },
      baseline: { type: 'string' },
      profile: { type: 'boolean', default: false },
      verbose: { type: 'boolean', default: false },
      patience: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const { short, long, gate, baseline, profile, verbose } = values;
  if (short && long) throw new Error('--short and --long are two lengths; choose one');
  const length = short ? 'short' : long ? 'long' : 'full';
  const patience = Number(values.patience);
  if (!(patience > 0)) throw new Error(`--patience takes a number above 0, not "${values.patience}"`);
  return { patience, only: positionals.map((id) => id.toUpperCase()), length, gate, baseline, profile, verbose };
}

import type { Spread } from './measure/spread';
import type { Stage } from './rig/stage';

/** What a figure must reach, or what it must not exceed. */
export type Bound = { readonly atLeast: number } | { readonly atMost: number };

/** Ours over the limit of the same minute: round by round, and what must come out. */
export interface Ratio {
  readonly name: string;
  /** One value for each round. */
  readonly rounds: readonly number[];
  readonly must?: Bound;
  readonly aim?: Bound;
  /** What stood above and below the line, for whoever wonders; absolute figures compare with nothing else. */
  readonly ours: Spread;
  readonly limit: Spread;
  readonly unit: string;
}

/** An absolute figure with a bound of its own, or one that is only printed. */
export interface Fact {
  readonly name: string;
  readonly rounds: readonly number[];
  readonly unit: string;
  readonly must?: Bound;
}

export interface Measured {
  readonly ratios: readonly Ratio[];
  readonly facts: readonly Fact[];
}

export interface Benchmark {
  readonly id: string;
  readonly title: string;
  run(stage: Stage): Promise<Measured>;
}

/** How much is measured. */
export interface Scale {
  readonly length: 'short' | 'full' | 'long';
  readonly rounds: number;
  /** Picks by length; the long form is the full one where nothing else is given. */
  of<T>(full: T, short: T, long?: T): T;
}

export const scaleOf = (length: Scale['length']): Scale => ({
  length,
  rounds: 5,
  of: (full, short, long = full) => ({ short, full, long })[length],
});

import type { Bound } from '../benchmark';
import { spreadOf } from '../measure/spread';

export type Verdict = 'met' | 'not met';

/** By the median; `missedAlways` when not even the best round got there, which noise does not explain. */
export function verdictOf(rounds: readonly number[], bound: Bound): { verdict: Verdict; missedAlways: boolean } {
  const { median, min, max } = spreadOf(rounds);
  const meets = (value: number) => ('atLeast' in bound ? value >= bound.atLeast : value <= bound.atMost);
  const best = 'atLeast' in bound ? max : min;
  return { verdict: meets(median) ? 'met' : 'not met', missedAlways: !meets(best) };
}

export const boundText = (bound: Bound): string => ('atLeast' in bound ? `≥ ${bound.atLeast}` : `≤ ${bound.atMost}`);

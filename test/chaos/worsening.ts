import { percentile } from './standstill';

/** What is disturbed may take this much longer. */
const allowed = 1.2;

/**
 * Figures of rounds with a disturbance beside those of rounds without, by their medians. As with benchmarks only ranges that do
 * not overlap are a difference. Without figures of both kinds it is worse.
 */
export function compareRounds(disturbed: readonly number[], alone: readonly number[]) {
  const median = (values: readonly number[]) => percentile(values, 0.5) ?? Number.NaN;
  const ratio = median(disturbed) / median(alone);
  const apart = Math.min(...disturbed) > Math.max(...alone);
  const figures = `${disturbed.join(', ')} and ${alone.join(', ')} ms, ratio ${ratio.toFixed(2)}`;
  return { ratio, figures, isWorse: !(ratio <= allowed) && (apart || Number.isNaN(ratio)) };
}

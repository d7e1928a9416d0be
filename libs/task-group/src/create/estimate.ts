import { findProcessor, limits, MultitaskError, type Estimate } from '@multitask/contracts';

/** Runs a key may buy in a minute; a larger group cannot start faster. */
const runsPerMinute = 1_800;

/** What a group will cost and how long it will take, as far as the processor is known. */
export function estimateOf(rows: number, processor: string): Estimate {
  const known = findProcessor(processor);
  if (!known) return { cost_usd: null, usd_per_run: null, seconds: null };
  const buying = Math.floor((rows / runsPerMinute) * 60);
  return {
    cost_usd: roundToCents(rows * known.usdPerRun),
    usd_per_run: known.usdPerRun,
    seconds: { min: buying + Math.round(known.latencySeconds[0]), max: buying + Math.round(known.latencySeconds[1]) },
  };
}

/** To a thousandth of a cent: 3 × 0.005 must read 0.015. */
const roundToCents = (usd: number): number => Math.round(usd * 100_000) / 100_000;

/** Refuses what would cost more than the caller, or the operator, allows; also when nobody can tell. */
export function checkCost(
  estimate: Estimate,
  rows: number,
  processor: string,
  allowed: { caller: number | undefined; operator: number | undefined },
): void {
  const cap = Math.min(allowed.caller ?? Infinity, allowed.operator ?? Infinity);
  if (cap === Infinity) return;
  const whose = allowed.caller === cap ? 'max_cost_usd' : 'the operator’s limit';
  const advice = 'Send fewer inputs, choose a cheaper processor or raise the limit.';
  if (estimate.cost_usd === null)
    throw new MultitaskError(
      'cost_above_limit',
      `The price of processor ${processor} is not known here, so ${whose} of ${cap} USD cannot be kept. Choose a processor with a known price or leave max_cost_usd out.`,
      { field: 'max_cost_usd' },
    );
  if (estimate.cost_usd > cap)
    throw new MultitaskError(
      'cost_above_limit',
      `${rows} rows on ${processor} are estimated at ${estimate.cost_usd} USD, above ${whose} of ${cap} USD. ${advice}`,
      { field: 'max_cost_usd' },
    );
}

/** Refuses too many rows: the caller's own `max_inputs` first, then ours. Never cuts. */
export function checkRowCount(rows: number, maxInputs: number | undefined, limit: number = limits.rows): void {
  if (rows === 0)
    throw new MultitaskError('invalid_inputs', 'inputs is empty; send at least one row.', { field: 'inputs' });
  if (maxInputs !== undefined && rows > maxInputs)
    throw new MultitaskError('invalid_inputs', `There are ${rows} rows, more than max_inputs (${maxInputs}).`, {
      field: 'max_inputs',
    });
  if (rows > limit)
    throw new MultitaskError('too_large', `There are more than ${limit} rows; split them over several task groups.`, {
      field: 'inputs',
    });
}

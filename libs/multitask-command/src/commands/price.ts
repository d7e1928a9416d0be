import type { Estimate, LimitsAnswer } from '@multitask/client';
import { duration } from '../terminal/progress.line';

/** `about $0.06, usually 10 s to 2 min`. */
export function priceText({ cost_usd, seconds }: Estimate): string {
  const price = cost_usd === null ? 'at a price that is not known here' : `about ${dollars(cost_usd)}`;
  return seconds === null ? price : `${price}, usually ${duration(seconds.min)} to ${duration(seconds.max)}`;
}

/** Cents, and what is below a cent in full: `$0.005`. */
export const dollars = (amount: number): string =>
  `$${Number.isInteger(Math.round(amount * 1e6) / 1e4) ? amount.toFixed(2) : String(Math.round(amount * 1e6) / 1e6)}`;

/** The emulator's answers cost nothing. */
export const isFree = ({ upstream }: Pick<LimitsAnswer, 'upstream'>): boolean => upstream === 'emulator';

export const emulatorRemark = 'The local emulator answers: nothing is spent, and the answers are made up.';

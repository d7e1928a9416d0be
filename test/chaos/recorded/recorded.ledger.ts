import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ledger } from '../ledger';

/** A ledger that may be tampered with. */
export type Draft<T> = T extends readonly (infer I)[]
  ? Draft<I>[]
  : T extends object
    ? { -readonly [K in keyof T]: Draft<T[K]> }
    : T;

/**
 * A real round, recorded once: two groups of four and two rows; the holder of the first, stream-ingestor-2, was frozen after its
 * first batch and went on when stream-ingestor-1 had taken over. Nothing is wrong with it. Nobody looked at the checkpoints.
 */
export const recordedLedger = (): Draft<Ledger> => ({
  progress: [],
  ...(JSON.parse(readFileSync(join(__dirname, 'frozen-holder.json'), 'utf8')) as Omit<Draft<Ledger>, 'progress'>),
});

import type { RowKey } from '@multitask/contracts';

/**
 * What only the present holder of a group knows. It may be lost at any instant: a successor finds out the same by reading the
 * upstream's list of runs, later and no worse.
 */
export interface HolderMemory {
  /** Requested keys of which we know that nothing was bought: refused, never sent, or absent from two readings. */
  readonly cleared: Set<RowKey>;
  /** Keys to be asked for in a request of their own, because together with others they were refused. */
  suspects: RowKey[][];
  /** How many complete readings in a row, each late enough to be believed, did not have a requested key. */
  readonly absent: Map<RowKey, number>;
  /**
   * The group had another holder before: its list of runs is read once before anything is bought. A log that was set back to an
   * older copy may have forgotten purchases that the list still shows. A group that is followed gets its rows from there.
   */
  mustReadList: boolean;
  /** How many runs of a followed group were reported, so far, that are no row yet and came without their input. */
  unlisted: number;
  /** Completed runs whose output the log does not have yet. */
  readonly missingOutputs: Set<string>;
  /** Rows of one request the account had credit for lately; undefined where that is not what limits us. */
  affordableRows: number | undefined;
  /** Whether run ids come back in the order of the inputs; no text promises it, so it is looked at once per group. */
  pairing: 'unknown' | 'in-order' | 'unordered';
  /** Words of the last refusal of a single row, and how often in a row they came. */
  lastRefusal: { readonly message: string; readonly times: number } | undefined;
}

export const newMemory = (): HolderMemory => ({
  cleared: new Set(),
  suspects: [],
  absent: new Map(),
  mustReadList: false,
  unlisted: 0,
  missingOutputs: new Set(),
  affordableRows: undefined,
  pairing: 'unknown',
  lastRefusal: undefined,
});

/** The keys are being asked for again, so what was known of their last request no longer holds. */
export function rememberRequested(memory: HolderMemory, keys: readonly RowKey[]): void {
  const asked = new Set(keys);
  for (const key of asked) {
    memory.cleared.delete(key);
    memory.absent.delete(key);
  }
  memory.suspects = memory.suspects.map((group) => group.filter((key) => !asked.has(key))).filter((g) => g.length > 0);
}

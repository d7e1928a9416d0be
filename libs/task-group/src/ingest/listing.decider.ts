import type { RowKey } from '@multitask/contracts';
import { unclearKeys } from './batch.decider';
import type { HolderMemory } from './holder-memory';
import { findRow } from './ingest-group.evolver';
import type { IngestGroup } from './ingest-group';
import type { IngestPolicy } from './policy';

/** One reading of all runs of the upstream's group. */
export interface Listing {
  /** When the reading began, Unix milliseconds by the log's clock; may be early, never late. */
  readonly startedAt: number;
  /** It ended in order, told the keys, and showed at least as many runs as the upstream counted before. Less proves nothing. */
  readonly complete: boolean;
  /** Row keys of the runs it showed. */
  readonly keys: ReadonlySet<RowKey>;
}

/** A run as a listing shows it; `key` is absent where its metadata was not shown. */
export interface ListedRun {
  readonly run_id: string;
  readonly key: RowKey | undefined;
}

/**
 * Whether a listing's metadata can be trusted to tell whose runs it shows. One that shows a run of ours without its key, or runs
 * and no key at all, hides metadata: the purchase that is looked for may stand in it unseen.
 */
export function tellsKeys(state: IngestGroup, runs: readonly ListedRun[]): boolean {
  const keyless = runs.filter((run) => run.key === undefined);
  if (keyless.length === 0) return true;
  return keyless.length < runs.length && !keyless.some((run) => state.runs.has(run.run_id));
}

/** Two readings must agree that a key is not there before it is bought again. */
const agreeingReadings = 2;

/**
 * Draws from a reading what became of unclear purchases. What it shows is adopted elsewhere (`decideRuns`, to be called first);
 * here a key that is absent from two complete readings, both begun late enough, becomes free to be asked for again.
 */
export function rememberListing(
  state: IngestGroup,
  memory: HolderMemory,
  listing: Listing,
  policy: IngestPolicy,
): void {
  if (listing.complete) memory.mustReadList = false;
  for (const key of unclearKeys(state, memory)) {
    if (listing.keys.has(key)) memory.absent.delete(key);
    else if (listing.complete && isOldEnough(state, key, listing.startedAt, policy)) {
      const times = (memory.absent.get(key) ?? 0) + 1;
      memory.absent.set(key, times);
      if (times >= agreeingReadings) memory.cleared.add(key);
    }
  }
}

/** The earliest time, by the log's clock, of a reading that can prove an unclear key absent; undefined when none is unclear. */
export function nextProofAt(state: IngestGroup, memory: HolderMemory, policy: IngestPolicy): number | undefined {
  const times = unclearKeys(state, memory).map((key) => requestedAt(state, key) + policy.requestAgainMs);
  return times.length > 0 ? Math.min(...times) : undefined;
}

const isOldEnough = (state: IngestGroup, key: RowKey, startedAt: number, policy: IngestPolicy): boolean =>
  startedAt >= requestedAt(state, key) + policy.requestAgainMs;

const requestedAt = (state: IngestGroup, key: RowKey): number =>
  state.batches.get(findRow(state, key)?.row.batch ?? 0)?.requestedAt ?? Number.MAX_SAFE_INTEGER;

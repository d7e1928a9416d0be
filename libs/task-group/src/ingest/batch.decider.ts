import { event, type GroupEvent, type RowKey } from '@multitask/contracts';
import { refusalOfSize } from '../create/task-spec';
import { isSettled } from '../view/group-view';
import type { HolderMemory } from './holder-memory';
import { findRow, isUnbought } from './ingest-group.evolver';
import { keyOf, type IngestGroup, type RowRef } from './ingest-group';
import type { IngestPolicy } from './policy';
import { eventsPerRefusals, type RowRefusal } from './row-refusal';

export interface BatchPlan {
  /** Rows to buy in one request. */
  readonly rows: readonly RowRef[];
  /** Rows that end here without a purchase. */
  readonly refused: readonly RowRefusal[];
}

/** Keys that were asked for and of which nobody knows yet whether they were bought. */
export function unclearKeys(state: IngestGroup, memory: HolderMemory): RowKey[] {
  return [...state.batches.values()].flatMap((batch) =>
    [...batch.rows]
      .map((number) => keyOf({ number, row: state.rows[number]! }))
      .filter((key) => !memory.cleared.has(key)),
  );
}

/**
 * What to buy next; undefined when there is nothing, or when the list of runs must tell something first: what became of an
 * earlier purchase (while one answer is missing, more requests would only make more of the unknown), or of an earlier holder's.
 */
export function planBatch(
  state: IngestGroup,
  memory: HolderMemory,
  policy: IngestPolicy,
  maxRows = Number.MAX_SAFE_INTEGER,
): BatchPlan | undefined {
  if (!state.header || state.header.followed || unclearKeys(state, memory).length > 0) return undefined;
  if (memory.mustReadList) return undefined;
  const size = Math.min(maxRows, rowsPerBatch(state, memory, policy));
  const rows: RowRef[] = [];
  const refused: RowRefusal[] = [];
  let characters = 0;
  for (const candidate of candidates(state, memory)) {
    const own = state.header.specCharacters + candidate.row.characters;
    const tooLarge = refusalOfSize(own, policy.specAndInputCharacters);
    if (isSettled(candidate.row.status)) refused.push({ key: keyOf(candidate), ...cancelled });
    else if (tooLarge) refused.push({ key: keyOf(candidate), ...tooLarge });
    else if (rows.length >= size || (rows.length > 0 && characters + own > policy.charactersPerBatch)) break;
    else {
      characters += own;
      rows.push(candidate);
    }
  }
  return rows.length + refused.length > 0 ? { rows, refused } : undefined;
}

/** `RunsRequested` must be in the log, on disk, before the request is made. `logNow` in Unix milliseconds by the log. */
export function decideBatch(
  state: IngestGroup,
  plan: BatchPlan,
  policy: IngestPolicy,
  logNow: number,
): { events: GroupEvent[]; batch: number } {
  const batch = state.lastBatch + 1;
  const events: GroupEvent[] = eventsPerRefusals(plan.refused);
  if (plan.rows.length > 0)
    events.push(
      event('RunsRequested', {
        batch,
        keys: plan.rows.map(keyOf),
        deadline: new Date(logNow + policy.postAbortMs).toISOString(),
      }),
    );
  return { events, batch };
}

function rowsPerBatch(state: IngestGroup, memory: HolderMemory, policy: IngestPolicy): number {
  if (memory.suspects[0]) return memory.suspects[0].length;
  const usual = state.rows.length > policy.largeGroupRows ? policy.rowsPerLargeBatch : policy.rowsPerBatch;
  return Math.min(usual, memory.affordableRows ?? usual);
}

/** Suspects alone, else rows that are to be asked for again, and then fresh ones. */
function* candidates(state: IngestGroup, memory: HolderMemory): Generator<RowRef> {
  const suspects = memory.suspects[0];
  if (suspects) return yield* existing(state, suspects);
  yield* existing(state, memory.cleared);
  if (state.header!.cancelled) return;
  for (let number = state.firstUnbought; number < state.rows.length; number++) {
    const row = state.rows[number]!;
    if (isUnbought(row)) yield { number, row };
  }
}

function* existing(state: IngestGroup, keys: Iterable<RowKey>): Generator<RowRef> {
  for (const key of keys) {
    const found = findRow(state, key);
    if (found && found.row.runId === null && (found.row.batch !== 0 || isUnbought(found.row))) yield found;
  }
}

const cancelled = { code: 'cancelled', message: 'Cancelled before it was bought.' } as const;

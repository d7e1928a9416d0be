import { event, type GroupEvent, type RowKey } from '@multitask/contracts';
import type { HolderMemory } from './holder-memory';
import type { IngestBlock, IngestGroup } from './ingest-group';
import { findRow, isUnbought } from './ingest-group.evolver';
import type { IngestPolicy } from './policy';
import { eventsPerRefusals, type RowRefusal } from './row-refusal';

/** What a paid request came to. */
export type PurchaseOutcome =
  /** Accepted; `runIds` as they came, hopefully in the order of the inputs. */
  | { readonly kind: 'added'; readonly runIds: readonly string[] }
  /** An answer that says nothing was bought. `loc` is the path of the fault where one was told. */
  | {
      readonly kind: 'refused';
      readonly status: number;
      readonly message: string;
      readonly loc?: readonly (string | number)[];
      /** Seconds. */
      readonly retryAfter?: number;
    }
  /** The request never left this process. */
  | { readonly kind: 'unsent'; readonly reason: string }
  /** Nobody knows whether it was accepted. */
  | { readonly kind: 'unclear'; readonly reason: string };

/** What follows from an outcome. */
export type PurchaseVerdict =
  | { readonly kind: 'added'; readonly runs: readonly { key: RowKey; run_id: string }[] }
  /** Bought, but which run is whose must be read from the upstream's list. */
  | { readonly kind: 'join' }
  | { readonly kind: 'reject'; readonly refusals: readonly RowRefusal[] }
  /** What was refused is common to all rows. */
  | { readonly kind: 'reject-all'; readonly code: string; readonly message: string }
  /** One of the rows is at fault and nobody says which: ask for each part alone. */
  | { readonly kind: 'split'; readonly parts: readonly (readonly RowKey[])[] }
  | { readonly kind: 'afford'; readonly rows: number }
  | { readonly kind: 'block'; readonly reason: IngestBlock['reason']; readonly message: string }
  | { readonly kind: 'later'; readonly afterMs: number | undefined }
  | { readonly kind: 'unclear' };

export function judgePurchase(
  state: IngestGroup,
  memory: HolderMemory,
  keys: readonly RowKey[],
  outcome: PurchaseOutcome,
  policy: IngestPolicy,
): PurchaseVerdict {
  if (outcome.kind === 'unclear') return outcome;
  if (outcome.kind === 'unsent') return { kind: 'later', afterMs: undefined };
  if (outcome.kind === 'added') {
    const paired = outcome.runIds.length === keys.length && (keys.length === 1 || memory.pairing === 'in-order');
    return paired
      ? { kind: 'added', runs: keys.map((key, i) => ({ key, run_id: outcome.runIds[i]! })) }
      : { kind: 'join' };
  }
  const { status, message } = outcome;
  if (status === 429) return { kind: 'later', afterMs: outcome.retryAfter && outcome.retryAfter * 1_000 };
  if (status === 401) return { kind: 'block', reason: 'key_refused', message };
  if (status === 402)
    return keys.length > 1
      ? { kind: 'afford', rows: Math.floor(keys.length / 2) }
      : { kind: 'block', reason: 'credit', message };
  if (status === 403)
    return state.runs.size === 0
      ? { kind: 'reject-all', code: 'processor_refused', message }
      : { kind: 'block', reason: 'key_refused', message };
  if (status === 404) return { kind: 'block', reason: 'key_refused', message };
  return judgeInvalid(state, memory, keys, outcome, policy);
}

/** 400, 413, 422 and what else says that the request itself is wrong. */
function judgeInvalid(
  state: IngestGroup,
  memory: HolderMemory,
  keys: readonly RowKey[],
  outcome: Extract<PurchaseOutcome, { kind: 'refused' }>,
  policy: IngestPolicy,
): PurchaseVerdict {
  const { message, loc } = outcome;
  const code = outcome.status === 413 ? 'too_large' : 'invalid_inputs';
  if (loc?.includes('default_task_spec')) return { kind: 'reject-all', code: 'invalid_schema', message };
  const at = loc?.includes('inputs') ? loc[loc.indexOf('inputs') + 1] : undefined;
  const located = typeof at === 'number' ? keys[at] : undefined;
  if (located) return { kind: 'reject', refusals: [{ key: located, code, message }] };
  if (keys.length > 1) {
    const half = Math.ceil(keys.length / 2);
    return { kind: 'split', parts: [keys.slice(0, half), keys.slice(half)] };
  }
  // A fault of the specification refuses row after row: with nothing bought, a few of the same words are enough.
  const times = memory.lastRefusal?.message === message ? memory.lastRefusal.times + 1 : 1;
  if (state.runs.size === 0 && times >= policy.refusedAlike) return { kind: 'reject-all', code, message };
  return { kind: 'reject', refusals: keys.map((key) => ({ key, code, message })) };
}

/** Must be called once for each outcome, before {@link decidePurchase}. */
export function rememberPurchase(
  memory: HolderMemory,
  keys: readonly RowKey[],
  verdict: PurchaseVerdict,
  policy: IngestPolicy,
): void {
  if (verdict.kind === 'added' || verdict.kind === 'join') {
    memory.lastRefusal = undefined;
    if (memory.affordableRows) memory.affordableRows *= 2;
    if ((memory.affordableRows ?? 0) >= policy.rowsPerLargeBatch) memory.affordableRows = undefined;
    return;
  }
  if (verdict.kind === 'unclear') return;
  for (const key of keys) memory.cleared.add(key);
  if (verdict.kind === 'afford') memory.affordableRows = verdict.rows;
  if (verdict.kind === 'split') memory.suspects = [...verdict.parts.map((part) => [...part]), ...memory.suspects];
  if (verdict.kind === 'reject' && keys.length === 1) {
    const { message } = verdict.refusals[0]!;
    const times = memory.lastRefusal?.message === message ? memory.lastRefusal.times + 1 : 1;
    memory.lastRefusal = { message, times };
  }
}

/** The facts a verdict makes; blocking is decided apart, because it needs the time. */
export function decidePurchase(state: IngestGroup, batch: number, verdict: PurchaseVerdict): GroupEvent[] {
  switch (verdict.kind) {
    case 'added': {
      const runs = verdict.runs.filter(
        ({ key, run_id }) => findRow(state, key)?.row.runId === null && !state.runs.has(run_id),
      );
      return runs.length > 0 ? [event('RunsAdded', { batch, runs })] : [];
    }
    case 'reject':
      return eventsPerRefusals(verdict.refusals.filter(({ key }) => findRow(state, key)?.row.runId === null));
    case 'reject-all':
      return eventsPerRefusals(refuseUnbought(state, verdict.code, verdict.message));
    default:
      return [];
  }
}

/** Every row that has no run, requested ones included. */
export function refuseUnbought(state: IngestGroup, code: string, message: string): RowRefusal[] {
  const refusals: RowRefusal[] = [];
  state.rows.forEach((row, number) => {
    if (row.runId === null && (row.batch !== 0 || isUnbought(row)))
      refusals.push({ key: `${number}.${row.attempt}`, code, message });
  });
  return refusals;
}

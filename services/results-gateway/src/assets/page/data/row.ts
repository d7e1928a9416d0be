import type { Answer, RunJson, RunFrame, UnboughtRow } from './answer';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type Fields = Readonly<Record<string, Json>>;
export type Confidence = 'low' | 'medium' | 'high';

/** A row as the page holds it. Never changed, only replaced: what was made of it stays true as long as it is the one. */
export interface Row {
  readonly row: number;
  /** Counts purchases; a retry is the next one. */
  readonly attempt: number;
  readonly status: string;
  /** Null until it is bought. */
  readonly runId: string | null;
  readonly result: Fields;
  readonly confidence: ReadonlyMap<string, Confidence>;
  readonly reason: string | null;
  /** The output is too large for the stream: where it is. */
  readonly outputUrl: string | null;
}

const ends: ReadonlySet<string> = new Set(['completed', 'failed', 'rejected', 'action_required', 'cancelled']);
export const isSettled = (status: string): boolean => ends.has(status);
/** Ended without an answer: the owner may have it run again. */
export const isRetryable = (status: string): boolean => status !== 'completed' && isSettled(status);

export const wordOf = (status: string): string => status.replace('_', ' ');

export function rowsOfAnswer({ results, runs }: Pick<Answer, 'results' | 'runs'>): Row[] {
  return results.map((result, i) => rowOfJson(result, runs[i]!));
}

const rowOfJson = (result: Fields, run: RunJson): Row => ({
  row: run.row,
  attempt: run.attempt,
  status: run.status,
  runId: run.run_id,
  result,
  confidence: new Map(Object.entries(run.confidence)),
  reason: run.error?.message ?? null,
  outputUrl: null,
});

export const rowOfRun = ({ row, attempt, run, output, result }: RunFrame): Row => ({
  row,
  attempt,
  status: run.status,
  runId: run.run_id,
  result,
  confidence: confidenceByField(output?.basis ?? [], result),
  reason: run.error?.message ?? null,
  outputUrl: output?.output_url ?? null,
});

export const rowOfUnbought = ({ row, attempt, result, error }: UnboughtRow): Row => ({
  row,
  attempt,
  status: String(result.$status),
  runId: null,
  result,
  confidence: new Map(),
  reason: error?.message ?? null,
  outputUrl: null,
});

const rank = (status: string): number => (isSettled(status) ? 2 : status === 'queued' ? 0 : 1);

/**
 * Whether `next` is later news than `known`. Rows come by two ways, the stream and the pages that are fetched, and either may be
 * ahead. A run comes after none: a row that was cancelled while it was being bought still gets its run.
 */
export function isNewer(next: Row, known: Row): boolean {
  if (next.attempt !== known.attempt) return next.attempt > known.attempt;
  if ((next.runId === null) !== (known.runId === null)) return known.runId === null;
  return rank(next.status) >= rank(known.status);
}

const levels: readonly Confidence[] = ['low', 'medium', 'high'];

/** As the server does it: the least sure element of a list speaks for the field. Names are those of the flat row. */
export function confidenceByField(
  basis: readonly { readonly field: string; readonly confidence?: string | null }[],
  result: Fields,
): Map<string, Confidence> {
  const found = new Map<string, Confidence>();
  for (const { field, confidence } of basis) {
    const level = levels.find((known) => known === confidence?.toLowerCase());
    if (!level) continue;
    const name = Object.hasOwn(result, flatName(field)) ? flatName(field) : flatName(field.split('.', 1)[0]!);
    const before = found.get(name);
    if (before === undefined || levels.indexOf(level) < levels.indexOf(before)) found.set(name, level);
  }
  return found;
}

export const flatName = (name: string): string => (name.startsWith('$') ? `$${name}` : name);

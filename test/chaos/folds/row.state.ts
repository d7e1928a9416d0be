import type { Json, JsonObject } from '../ledger';

/** A row at one moment, whoever tells it. */
export interface RowState {
  readonly row: number;
  readonly attempt: number;
  readonly status: string;
  readonly runId: string | null;
  /** The flat row as readers are shown it. */
  readonly result: JsonObject;
}

/** What is final for a run, or for a row that was never bought. */
const terminal = new Set(['completed', 'failed', 'cancelled', 'action_required', 'rejected']);

export const isTerminal = (status: string): boolean => terminal.has(status);

/** The flat row of inputs and outputs whose names do not clash and do not begin with `$`: those of this harness. */
export const flatRow = (runId: string | null, status: string, input: JsonObject, content: Json): JsonObject => ({
  $id: runId,
  $status: status,
  ...input,
  ...(content as JsonObject | null),
});

/** The same text for the same value, whatever the order of its keys. */
export function canonical(value: Json | undefined): string {
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonical(item)).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`)
    .join(',')}}`;
}

export const textOf = ({ row, attempt, status, runId, result }: RowState): string =>
  `${row}.${attempt} ${status} ${runId} ${canonical(result)}`;

import type { Json, JsonObject, LogMessage } from '../ledger';
import { flatRow, isTerminal, type RowState } from './row.state';

/**
 * A group folded from its raw log, one message after another, by the rules of the log's own description: rows count once a
 * command commits them, a run belongs to the row and attempt its key names, reports only move a run forward, an end is final.
 * Knows what the harness can make happen: creation, purchase, refusal, reports, blocks, completion.
 */
export class LogFold {
  readonly rows: LoggedRow[] = [];
  generation = 0;
  completedGeneration = 0;
  blocked: string | null = null;
  readonly #staged = new Map<string, { first: number; inputs: JsonObject[] }[]>();

  /** The rows that this message changed, in order; undefined when a reader of the group is told nothing of it. */
  take(message: LogMessage): FoldStep | undefined {
    const apply = appliers[message.type];
    return apply?.(this, message.data as never);
  }

  get counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { status } of this.rows) counts[status] = (counts[status] ?? 0) + 1;
    return counts;
  }

  stage(batch: string, first: number, inputs: JsonObject[]): void {
    this.#staged.set(batch, [...(this.#staged.get(batch) ?? []), { first, inputs }]);
  }

  /** Rows of a batch become rows of the group, each once. */
  commit(batch: string): LoggedRow[] {
    const added: LoggedRow[] = [];
    for (const { first, inputs } of (this.#staged.get(batch) ?? []).sort((a, b) => a.first - b.first))
      inputs.forEach((input, i) => {
        if (first + i === this.rows.length) added.push((this.rows[first + i] = new LoggedRow(first + i, input)));
      });
    return added;
  }

  /** The row whose present attempt a key names. */
  rowOf(key: string): LoggedRow | undefined {
    const [row, attempt] = key.split('.').map(Number);
    const found = this.rows[row!];
    return found?.attempt === attempt ? found : undefined;
  }
}

/** What readers of the group are told of one message. */
export interface FoldStep {
  readonly rows: readonly RowState[];
  /** The generation that ended with it. */
  readonly completed?: number;
}

export class LoggedRow implements RowState {
  readonly row: number;
  readonly input: JsonObject;
  attempt = 1;
  status = 'queued';
  runId: string | null = null;
  output: Json = null;

  constructor(row: number, input: JsonObject) {
    this.row = row;
    this.input = input;
  }

  get result(): JsonObject {
    return this.#flat(this.output);
  }

  #flat(output: Json): JsonObject {
    const content = (output as { content?: Json } | null)?.content ?? null;
    return flatRow(this.runId, this.status, this.input, content);
  }

  /** As a stream tells it now, untouched by what comes later: a large output is left to be fetched. */
  get told(): RowState {
    const { row, attempt, status, runId, output } = this;
    const isLarge = output !== null && JSON.stringify(output).length > longestToldOutput;
    return { row, attempt, status, runId, result: this.#flat(isLarge ? null : output) };
  }
}

/** Characters; docs/PROTOCOL.md, section 5. */
const longestToldOutput = 65_536;

const order = ['queued', 'running', 'cancelling'];
const rank = (status: string): number => (isTerminal(status) ? order.length : order.indexOf(status));

const told = (rows: readonly LoggedRow[]): FoldStep | undefined =>
  rows.length > 0 ? { rows: [...new Set(rows)].sort((a, b) => a.row - b.row).map((row) => row.told) } : undefined;

interface Report {
  readonly key: string;
  readonly run: { readonly run_id: string; readonly status: string };
  readonly output?: Json;
}

/** The row that a report moves forward. */
function advance(fold: LogFold, { key, run, output }: Report): LoggedRow[] {
  const row = fold.rowOf(key);
  if (!row || row.runId !== run.run_id || rank(run.status) <= rank(row.status)) return [];
  row.status = run.status;
  row.output = output ?? null;
  return [row];
}

type Applier<D> = (fold: LogFold, data: D) => FoldStep | undefined;

const appliers: Readonly<Record<string, Applier<never> | undefined>> = {
  'multitask.rows.accepted.v1': ((fold, { batch_id, first_row, inputs }) => {
    fold.stage(batch_id, first_row, inputs);
    return undefined;
  }) satisfies Applier<{ batch_id: string; first_row: number; inputs: JsonObject[] }>,

  'multitask.group.created.v1': ((fold, { batch_id }) => {
    if (fold.generation > 0) return undefined;
    fold.generation = 1;
    const rows = fold.commit(batch_id);
    return told(rows) ?? { rows: [] };
  }) satisfies Applier<{ batch_id: string }>,

  'multitask.runs.added.v1': ((fold, { runs }) => {
    const changed: LoggedRow[] = [];
    for (const { key, run_id } of runs) {
      const row = fold.rowOf(key);
      if (!row || row.runId !== null) continue;
      row.runId = run_id;
      if (isTerminal(row.status)) row.status = 'queued';
      changed.push(row);
    }
    return told(changed);
  }) satisfies Applier<{ runs: { key: string; run_id: string }[] }>,

  'multitask.runs.rejected.v1': ((fold, { runs }) => {
    const changed: LoggedRow[] = [];
    for (const { key } of runs) {
      const row = fold.rowOf(key);
      if (!row || row.runId !== null || isTerminal(row.status)) continue;
      row.status = 'rejected';
      changed.push(row);
    }
    return told(changed);
  }) satisfies Applier<{ runs: { key: string }[] }>,

  'multitask.run.updated.v1': ((fold, report) => told(advance(fold, report))) satisfies Applier<Report>,

  'multitask.runs.updated.v1': ((fold, { updates }) =>
    told(updates.flatMap((report) => advance(fold, report)))) satisfies Applier<{ updates: Report[] }>,

  'multitask.group.blocked.v1': ((fold, { reason }) => {
    fold.blocked = reason;
    return { rows: [] };
  }) satisfies Applier<{ reason: string }>,

  'multitask.group.unblocked.v1': (fold) => {
    fold.blocked = null;
    return { rows: [] };
  },

  'multitask.group.completed.v1': ((fold, { generation }) => {
    if (generation !== fold.generation || fold.completedGeneration === generation) return undefined;
    fold.completedGeneration = generation;
    fold.blocked = null;
    return { rows: [], completed: generation };
  }) satisfies Applier<{ generation: number }>,
};

/** Each group's messages, in log order. */
export function messagesByGroup(messages: readonly LogMessage[]): Map<string, LogMessage[]> {
  const groups = new Map<string, LogMessage[]>();
  for (const message of messages) {
    const known = groups.get(message.group);
    if (known) known.push(message);
    else groups.set(message.group, [message]);
  }
  return groups;
}

export function foldOf(messages: readonly LogMessage[]): LogFold {
  const fold = new LogFold();
  for (const message of messages) fold.take(message);
  return fold;
}

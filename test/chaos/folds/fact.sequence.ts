import type { LogMessage } from '../ledger';
import { hashOf } from '../random';
import { LogFold } from './log.fold';
import { canonical, textOf, type RowState } from './row.state';

/** What every reader of a group is told of one message of the log, and what is then known of the group. */
export interface Fact {
  readonly seq: number;
  readonly type: string;
  /** The rows it tells of. */
  readonly rows: readonly RowState[];
  readonly counts: Readonly<Record<string, number>>;
  readonly active: boolean;
  readonly blocked: string | null;
  readonly completed: number | undefined;
  /** Equal for equal knowledge of the whole group. */
  readonly state: string;
}

/** The facts of one group in log order. */
export function factsOf(messages: readonly LogMessage[]): Fact[] {
  const fold = new LogFold();
  const state = new StateHash();
  const facts: Fact[] = [];
  for (const message of messages) {
    const step = fold.take(message);
    if (!step) continue;
    for (const row of step.rows) state.set(row);
    const { counts, blocked } = fold;
    const active = fold.completedGeneration < fold.generation;
    facts.push({
      seq: message.seq,
      type: message.type,
      rows: step.rows,
      counts,
      active,
      blocked,
      completed: step.completed,
      state: stateText(state, { counts, active, blocked }),
    });
  }
  return facts;
}

/** The same for what a reader was told in a snapshot. */
export function stateOf(
  rows: readonly RowState[],
  status: { counts: Readonly<Record<string, number>>; active: boolean; blocked: string | null },
): string {
  const state = new StateHash();
  for (const row of rows) state.set(row);
  return stateText(state, status);
}

const stateText = (
  state: StateHash,
  { counts, active, blocked }: { counts: Readonly<Record<string, number>>; active: boolean; blocked: string | null },
): string => `${state.text} ${canonical(counts)} ${active} ${blocked}`;

/** Of all rows, whatever their order; follows a change of one row without looking at the others. */
class StateHash {
  readonly #rows = new Map<number, [number, number]>();
  #low = 0;
  #high = 0;

  set(row: RowState): void {
    const text = textOf(row);
    const now: [number, number] = [hashOf(text), hashOf(text, 0x9747b28c)];
    const before = this.#rows.get(row.row) ?? [0, 0];
    this.#low ^= before[0] ^ now[0];
    this.#high ^= before[1] ^ now[1];
    this.#rows.set(row.row, now);
  }

  get text(): string {
    return `${this.#rows.size}:${this.#low >>> 0}:${this.#high >>> 0}`;
  }
}

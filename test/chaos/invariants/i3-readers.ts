import { factsOf, stateOf, type Fact } from '../folds/fact.sequence';
import { messagesByGroup } from '../folds/log.fold';
import { canonical, textOf, type RowState } from '../folds/row.state';
import { readConnection, type Told } from '../folds/stream.fold';
import type { Ledger, ReaderAccount } from '../ledger';
import { collector, type Violation } from './violation';

/** I3: each reader has seen exactly the log's facts for its group, in order, across reconnects. */
export function readersSawTheLog(ledger: Ledger): Violation[] {
  const { violations, report } = collector('I3');
  const logged = messagesByGroup(ledger.log.messages);
  const facts = new Map<string, Fact[]>();
  for (const reader of ledger.readers) {
    if (!facts.has(reader.group)) facts.set(reader.group, factsOf(logged.get(reader.group) ?? []));
    for (const says of new ReaderCheck(facts.get(reader.group)!).check(reader))
      report(reader.group, `reader ${reader.name}: ${says}`);
  }
  return violations;
}

/** Follows one reader along the facts of its group. */
class ReaderCheck {
  readonly #facts: readonly Fact[];
  readonly #faults: string[] = [];
  /** How many facts the reader knows; undefined: nothing at all yet. */
  #known: number | undefined;
  /** As it was last told. */
  #active: boolean | undefined;

  constructor(facts: readonly Fact[]) {
    this.#facts = facts;
  }

  check({ connections }: ReaderAccount): string[] {
    let ended = false;
    for (const [number, { after, status, frames }] of connections.entries()) {
      const { told, reset, closed } = readConnection(frames);
      const where = `connection ${number + 1}`;
      if (status !== null && status !== 200 && status !== 204 && status < 500) this.#fault(where, `answered ${status}`);
      if (reset) this.#fault(where, 'was told to forget what it had, though its position is of this log');
      if (ended && frames.length > 0) this.#fault(where, 'was told more after the end');
      for (const part of told) this.#take(part, where, after !== null);
      if (closed || status === 204) {
        ended = true;
        if (this.#known !== this.#facts.length)
          this.#fault(
            where,
            `was told that this is the end, knowing ${this.#known ?? 0} of ${this.#facts.length} facts`,
          );
      }
      // One fault makes everything behind it wrong: the first is worth reading.
      if (this.#faults.length > 0) return this.#faults;
    }
    if (this.#known !== this.#facts.length)
      this.#faults.push(`ended with ${this.#known ?? 0} of ${this.#facts.length} facts${this.#next()}`);
    if (!ended) this.#faults.push('was never told that nothing more comes');
    if (this.#active !== false) this.#faults.push('was never told that the group is done');
    return this.#faults;
  }

  #take(told: Told, where: string, resumed: boolean): void {
    this.#active = told.active ?? this.#active;
    if (told.kind === 'snapshot') {
      const { rows, announced } = told;
      const different = new Set(rows.map(({ row }) => row)).size;
      if (different !== rows.length || announced !== rows.length)
        this.#fault(where, `a snapshot of ${announced} rows told ${rows.length}, ${different} of them different`);
      if (resumed) this.#fault(where, 'asked to go on from its position and got everything again');
      this.#known = this.#placeOf(told, where);
    } else if (this.#known === undefined) this.#fault(where, 'was told a change before any snapshot');
    else this.#known = this.#follow(told, where, this.#known);
  }

  /** A snapshot is the group as it was after one of its facts, and after none the reader did not know already. */
  #placeOf(told: Told, where: string): number {
    const { rows, counts = {}, active = true, blocked = null } = told;
    const text = stateOf(rows, { counts, active, blocked });
    const place = this.#facts.findIndex(({ state }, i) => i + 1 >= (this.#known ?? 0) && state === text) + 1;
    if (place > 0) return place;
    const earlier = this.#facts.some(({ state }) => state === text);
    this.#fault(
      where,
      `its snapshot of ${rows.length} rows (${canonical(counts)}) ${earlier ? 'is older than what it knew' : 'is no state the group was ever in'}`,
    );
    return this.#known ?? 0;
  }

  #follow(told: Told, where: string, known: number): number {
    const next = this.#facts[known];
    if (next && says(told, next)) return known + 1;
    const repeated = this.#facts.findIndex((fact, i) => i < known && says(told, fact));
    const skipped = this.#facts.findIndex((fact, i) => i > known && says(told, fact));
    const text = `told ${inWords(told.rows)} after fact ${known} of ${this.#facts.length}`;
    if (skipped >= 0)
      this.#fault(where, `a gap of ${skipped - known} facts: ${text}, which is fact ${skipped + 1}${this.#next()}`);
    else if (repeated >= 0) this.#fault(where, `a repetition: ${text}, which is fact ${repeated + 1}`);
    else this.#fault(where, `not in the log: ${text}${this.#next()}`);
    return known;
  }

  #next(): string {
    const next = this.#facts[this.#known ?? 0];
    return next ? `; next was ${next.type} at ${next.seq}: ${inWords(next.rows)}` : '';
  }

  #fault(where: string, says: string): void {
    this.#faults.push(`${where}: ${says}`);
  }
}

/** Everything a fact says is told, and nothing else. */
const says = (told: Told, fact: Fact): boolean =>
  told.completed === fact.completed &&
  // A status may be left out where it is the same as before.
  (told.active === undefined || told.active === fact.active) &&
  (told.blocked === undefined || told.blocked === fact.blocked) &&
  (told.counts === undefined || canonical(told.counts) === canonical(fact.counts)) &&
  told.rows.length === fact.rows.length &&
  told.rows.every((row, i) => textOf(row) === textOf(fact.rows[i]!));

function inWords(rows: readonly RowState[]): string {
  const few = rows.slice(0, 3).map(({ row, attempt, status, runId }) => `row ${row}.${attempt} ${status} ${runId}`);
  return few.length === 0 ? 'of no row' : `${few.join(', ')}${rows.length > 3 ? ` and ${rows.length - 3} more` : ''}`;
}

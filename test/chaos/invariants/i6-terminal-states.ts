import { canonical, isTerminal } from '../folds/row.state';
import type { Json, JsonObject, Ledger, RowAccount } from '../ledger';
import { collector, idOf, type Violation } from './violation';

/** I6: a terminal state never changes: not in the log, not in what a reader or a poller is told. */
export function endsAreFinal(ledger: Ledger): Violation[] {
  const { violations, report } = collector('I6');
  for (const id of ledger.groups.map(idOf)) {
    const inLog = new Ends('the log');
    for (const { group, type, data, seq } of ledger.log.messages)
      if (group === id)
        for (const { key, run, output } of reportsIn(type, data))
          inLog.note(key, run.status, canonical([run.status, output ?? null]), `at ${seq}`);
    const served = new Ends('its result');
    for (const poll of ledger.polls)
      if (poll.group === id) for (const row of poll.changed ?? []) served.note(...stateOf(row), `${poll.at}`);
    const told = ledger.readers
      .filter(({ group }) => group === id)
      .map((reader) => {
        const ends = new Ends(`reader ${reader.name}`);
        for (const { frames } of reader.connections)
          for (const { at, data } of frames) for (const row of rowsOf(data)) ends.note(...stateOf(row), `${at}`);
        return ends;
      });
    for (const ends of [inLog, served, ...told]) for (const says of ends.changes) report(id, says);
  }
  return violations;
}

interface Report {
  readonly key: string;
  readonly run: { readonly status: string };
  readonly output?: Json;
}

/** What a message of the log says of runs: one report, or several in one go. */
function reportsIn(type: string, data: JsonObject): readonly Report[] {
  if (type === 'multitask.run.updated.v1') return [data as unknown as Report];
  return type === 'multitask.runs.updated.v1' ? (data.updates as unknown as Report[]) : [];
}

/** What each purchase of a row was first said to have ended as. */
class Ends {
  readonly changes: string[] = [];
  readonly #teller: string;
  readonly #ends = new Map<string, { status: string; text: string }>();

  constructor(teller: string) {
    this.#teller = teller;
  }

  note(key: string, status: string, text: string, when: string): void {
    const end = this.#ends.get(key);
    if (!end) {
      if (isTerminal(status)) this.#ends.set(key, { status, text });
    } else if (end.text !== text) {
      const what = end.status === status ? `is ${status} with another output` : `is ${status}`;
      this.changes.push(`${this.#teller} had row ${key} end as ${end.status}; ${when} it ${what}`);
    }
  }
}

/** Nothing in this harness retries a row: its first end is its last. */
const stateOf = ({ row, status, result }: Pick<RowAccount, 'row' | 'status' | 'result'>) =>
  [`${row}.1`, status, canonical([status, result])] as const;

/** The rows that a frame of a stream tells of. */
function rowsOf(data: JsonObject): { row: number; status: string; result: JsonObject }[] {
  const entries = Array.isArray(data.rows) ? (data.rows as JsonObject[]) : 'row' in data ? [data] : [];
  return entries.map(({ row, result }) => {
    const shown = result as JsonObject;
    return { row: row as number, status: String(shown.$status), result: shown };
  });
}

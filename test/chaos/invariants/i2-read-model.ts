import { foldOf, messagesByGroup, type LogFold } from '../folds/log.fold';
import { canonical } from '../folds/row.state';
import type { Ledger, PollAccount, TableRow } from '../ledger';
import { collector, idOf, type Violation } from './violation';

/** I2: the read model, and what is served from it, equals a fresh fold of the raw log. */
export function readModelIsTheFold(ledger: Ledger): Violation[] {
  const { violations, report } = collector('I2');
  const logged = messagesByGroup(ledger.log.messages);
  for (const id of ledger.groups.map(idOf)) {
    const fold = foldOf(logged.get(id) ?? []);
    const table = ledger.tables.groups.find((group) => group.id === id);
    if (!table) {
      report(id, 'is in the log and not in read.groups');
      continue;
    }
    const expected = [fold.rows.length, fold.generation, fold.completedGeneration, canonical(fold.counts)];
    const found = [table.rowCount, table.generation, table.completedGeneration, canonical(table.counts)];
    if (canonical(expected) !== canonical(found))
      report(id, `rows, generation, completed generation, counts: the log says ${expected}, read.groups ${found}`);
    const rows = ledger.tables.rows.filter(({ group }) => group === id);
    for (const says of [...rowsThatDiffer(fold, rows), ...servedThatDiffers(fold, id, ledger.polls)]) report(id, says);
  }
  return violations;
}

function* rowsThatDiffer(fold: LogFold, rows: readonly TableRow[]): Generator<string> {
  if (rows.length !== fold.rows.length) yield `the log has ${fold.rows.length} rows, read.rows ${rows.length}`;
  for (const { row, status, attempt, runId, input, output } of rows) {
    const logged = fold.rows[row];
    if (!logged) continue;
    const expected = [logged.status, logged.attempt, logged.runId, logged.input, logged.output];
    const found = [status, attempt, runId, input, output];
    const names = ['status', 'attempt', 'run id', 'input', 'output'];
    for (const [i, name] of names.entries())
      if (canonical(expected[i]) !== canonical(found[i]))
        yield `row ${row}: ${name} is ${short(expected[i])} in the log and ${short(found[i])} in read.rows`;
  }
}

/** Every answer agrees with itself, and the last one with the log. */
function* servedThatDiffers(fold: LogFold, id: string, polls: readonly PollAccount[]): Generator<string> {
  const served = new Map<number, { status: string; text: string }>();
  let last: PollAccount | undefined;
  for (const poll of polls) {
    if (poll.group !== id || poll.status !== 200) continue;
    last = poll;
    for (const { row, status, result } of poll.changed!) served.set(row, { status, text: canonical(result) });
    const counted: Record<string, number> = {};
    for (const { status } of served.values()) counted[status] = (counted[status] ?? 0) + 1;
    if (canonical(counted) !== canonical(poll.counts))
      yield `one answer counts ${canonical(poll.counts)} and shows rows ${canonical(counted)}`;
  }
  if (!last) return;
  if (last.rowCount !== fold.rows.length)
    yield `the last answer has ${last.rowCount} rows, the log ${fold.rows.length}`;
  for (const row of fold.rows)
    if (served.get(row.row)?.text !== canonical(row.result))
      yield `row ${row.row}: the last answer shows ${short(served.get(row.row)?.text)}, the log ${short(canonical(row.result))}`;
}

const short = (value: unknown): string => {
  const text = typeof value === 'string' ? value : canonical(value as never);
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
};

import { foldOf, messagesByGroup, type LogFold } from '../folds/log.fold';
import { canonical, isTerminal } from '../folds/row.state';
import type { GroupAccount, Ledger, UpstreamRun } from '../ledger';
import { collector, idOf, type Violation } from './violation';

/** I1: nothing accepted is lost. Not a row that a client was answered 201 for, not an end of a run that was bought. */
export function nothingIsLost(ledger: Ledger): Violation[] {
  const { violations, report } = collector('I1');
  const logged = messagesByGroup(ledger.log.messages);
  if (ledger.log.deleted > 0) report('log', `${ledger.log.deleted} messages were stored and are gone`);
  for (const { seq, reason } of ledger.tables.parked) report('log', `message ${seq} is parked: ${reason}`);

  for (const group of ledger.groups) {
    const id = idOf(group);
    const ids = new Set(group.answers.map((answer) => answer.id));
    if (ids.size > 1) report(id, `one Idempotency-Key was answered with ${ids.size} groups: ${[...ids].join(', ')}`);
    const secrets = new Set(group.answers.map((answer) => answer.webhookSecret));
    if (secrets.size > 1) report(id, `one Idempotency-Key was answered with ${secrets.size} webhook secrets`);
    const fold = foldOf(logged.get(id) ?? []);
    for (const says of [...inputsLost(group, fold), ...endsLost(fold, ledger.upstream.runs.filter(isRunOf(id)))])
      report(id, says);
    if (fold.generation > fold.completedGeneration) report(id, `was accepted and never completed${unsettled(fold)}`);
    for (const poll of ledger.polls)
      if (poll.group === id && poll.status !== null && poll.status >= 400 && poll.status < 500)
        report(id, `${poll.at - group.acceptedAt} ms after it was accepted its URL answered ${poll.status}`);
  }
  return violations;
}

const isRunOf = (group: string) => (run: UpstreamRun) => run.group === group && !run.foreign && run.key !== null;

function* inputsLost({ inputs }: GroupAccount, fold: LogFold): Generator<string> {
  if (fold.generation === 0) return yield 'was accepted, but the log has no such group';
  if (fold.rows.length !== inputs.length) yield `${inputs.length} rows were accepted, the log has ${fold.rows.length}`;
  for (const [row, input] of inputs.entries()) {
    const logged = fold.rows[row];
    if (logged && canonical(logged.input) !== canonical(input))
      return yield `row ${row} was accepted as ${canonical(input)}, the log has ${canonical(logged.input)}`;
  }
}

/** What the upstream says of a run that it took from us is in the log, word for word. */
function* endsLost(fold: LogFold, runs: readonly UpstreamRun[]): Generator<string> {
  for (const { runId, key, status, output } of runs) {
    const row = fold.rowOf(key!);
    // A second run of a row is a matter of I7.
    if (!row || (row.runId !== null && row.runId !== runId)) continue;
    if (row.runId === null) yield `run ${runId} was bought for ${key}, and the log does not know it`;
    else if (isTerminal(status) && row.status !== status)
      yield `run ${runId} of ${key} ended ${status} upstream and is ${row.status} in the log`;
    else if (status === 'completed' && canonical(row.output) !== canonical(output))
      yield `the output of run ${runId} of ${key} is another in the log than upstream`;
  }
}

function unsettled(fold: LogFold): string {
  const open = fold.rows.filter(({ status }) => !isTerminal(status));
  return open.length > 0 ? `; ${open.length} rows are open, first ${open[0]!.row} (${open[0]!.status})` : '';
}

import { foldOf, messagesByGroup } from '../folds/log.fold';
import type { Ledger } from '../ledger';
import { collector, idOf, type Violation } from './violation';

/** I7: no row is bought twice and none is forgotten, whatever the log believes. */
export function rowsAreBoughtOnce(ledger: Ledger): Violation[] {
  const { violations, report } = collector('I7');
  const logged = messagesByGroup(ledger.log.messages);
  const ours = new Set(ledger.groups.map(idOf));
  for (const group of ledger.groups) {
    const id = idOf(group);
    const runs = ledger.upstream.runs.filter((run) => run.group === id && !run.foreign);
    const bought = new Map<number, string[]>();
    for (const { key, runId } of runs) {
      const row = key === null ? Number.NaN : Number(key.split('.')[0]);
      if (!(row < group.inputs.length)) report(id, `run ${runId} was bought for ${key}, which is no row of the group`);
      else bought.set(row, [...(bought.get(row) ?? []), `${runId} (${key})`]);
    }
    const fold = foldOf(logged.get(id) ?? []);
    group.inputs.forEach((_, row) => {
      const found = bought.get(row) ?? [];
      if (found.length > 1) report(id, `row ${row} was bought ${found.length} times: ${found.join(', ')}`);
      // A row that was refused was never bought, and says so.
      if (found.length === 0 && fold.rows[row]?.status !== 'rejected') report(id, `row ${row} was never bought`);
    });
  }
  for (const { group, runId } of ledger.upstream.runs)
    if (!ours.has(group)) report(group, `run ${runId} was bought in a group that nobody was answered with`);
  const surplus = upstreamGroups(ledger) - ledger.groups.length;
  const cutShort = ledger.groups.filter((group) =>
    ledger.faults.some(({ at, until = at }) => group.askedAt <= until && at <= group.acceptedAt),
  );
  if (surplus > cutShort.length)
    report('upstream', `${surplus} groups too many were created there, with ${cutShort.length} calls cut short`);
  return violations;
}

/** Groups made upstream; a call that is cut short may leave one empty group behind. */
const upstreamGroups = ({ upstream }: Ledger): number =>
  new Set(upstream.requests.filter(({ endpoint, group }) => endpoint === 'create_group' && group).map((r) => r.group))
    .size;

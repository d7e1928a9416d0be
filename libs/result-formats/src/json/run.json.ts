import type { FieldBasis, TaskRun } from '@multitask/contracts';
import { isSettled, type GroupHeader, type RowView } from '@multitask/task-group';
import { meansField, type BasisChoice } from '../query/result-query';
import { basisOf, confidenceByField } from '../rows/confidence';
import { rowError } from '../rows/row-error';

type Group = Pick<GroupHeader, 'groupId' | 'spec'>;

/** A row's current run in the upstream's form; before the purchase the same keys say so, with `run_id` null. */
export function taskRunOf(row: RowView, group: Group): Omit<TaskRun, 'run_id'> & { run_id: string | null } {
  const known = {
    run_id: row.runId,
    interaction_id: row.runId,
    status: row.status,
    is_active: !isSettled(row.status),
    processor: group.spec.processor,
    created_at: null,
    modified_at: null,
    metadata: null,
    taskgroup_id: group.groupId,
    warnings: null,
  };
  return { ...known, ...row.run, error: rowError(row) } as ReturnType<typeof taskRunOf>;
}

/** One entry of `runs`: the run with its row, its basis as asked for, and the row's earlier runs, oldest first. */
export function runJson(row: RowView, group: Group, basis: BasisChoice) {
  return {
    ...taskRunOf(row, group),
    row: row.row,
    attempt: row.attempt,
    output_type: row.output?.type ?? null,
    confidence: Object.fromEntries(confidenceByField(row.output)),
    basis: chosenBasis(row, basis),
    previous: row.previous.map(({ run, output }) => ({ ...run, output })),
  };
}

function chosenBasis(row: RowView, choice: BasisChoice): readonly FieldBasis[] {
  if (choice.of === 'none') return [];
  if (choice.of === 'row') return choice.row === row.row ? basisOf(row.output) : [];
  return basisOf(row.output).filter(({ field }) => meansField(choice, field));
}

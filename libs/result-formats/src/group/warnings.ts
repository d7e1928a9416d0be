import type { GroupWarning } from '@multitask/contracts';
import type { GroupHeader } from '@multitask/task-group';

/** Everything the user should know: what the create call warned of, and runs that are no row of this group. */
export function warningsOf(header: Pick<GroupHeader, 'warnings' | 'surplusRuns'>): GroupWarning[] {
  if (header.surplusRuns === 0) return [...header.warnings];
  const runs = header.surplusRuns === 1 ? 'One more run was' : `${header.surplusRuns} more runs were`;
  const message = `${runs} found in this Parallel group than there are rows. They are not shown here; Parallel may charge for them.`;
  return [...header.warnings, { code: 'surplus_runs', message }];
}

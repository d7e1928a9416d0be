import type { ContextSnapshot } from '../model/context-snapshot';
import type { OrchestrationFact } from '../model/orchestration.event';
import type { Run, RunStatus } from '../model/run';
import type { Task } from '../model/task';
import type { TaskFact } from '../task/task.change';

export const factsOfTask = (
  { id, runId }: Pick<Task, 'id' | 'runId'>,
  facts: readonly TaskFact[],
): OrchestrationFact[] => facts.map((fact) => ({ ...fact, runId, taskId: id }));

export const factOfRun = (
  { id }: Pick<Run, 'id'>,
  type: OrchestrationFact['type'],
  data: OrchestrationFact['data'] = {},
): OrchestrationFact => ({ type, runId: id, taskId: null, data });

export const statusChanged = (run: Pick<Run, 'id' | 'status'>, to: RunStatus): OrchestrationFact =>
  factOfRun(run, 'run.status.changed', { from: run.status, to });

export const snapshotCreated = ({
  id,
  runId,
  taskId,
  parentId,
  scope,
}: Pick<ContextSnapshot, 'id' | 'runId' | 'taskId' | 'parentId' | 'scope'>): OrchestrationFact => ({
  type: 'context.snapshot.created',
  runId,
  taskId,
  data: { snapshotId: id, parentId, scope },
});

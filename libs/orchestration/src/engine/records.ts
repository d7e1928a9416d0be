import type { RunRecord } from '../model/run';
import type { Task } from '../model/task';
import { OrchestrationError } from '../orchestration.errors';
import type { OrchestrationTransaction } from '../store/orchestration.store';
import { isClosed } from '../run/run.status';

/** Throws `RecordNotFoundError`. */
export async function taskOf(tx: OrchestrationTransaction, id: string): Promise<Task> {
  const task = (await tx.tasks([id])).get(id);
  if (!task) throw new OrchestrationError('RecordNotFoundError', `There is no task ${id}.`, 'taskId');
  return task;
}

/** For change, with its run, in the order in which records are locked. Throws `RecordNotFoundError`. */
export async function taskWithRun(tx: OrchestrationTransaction, id: string): Promise<{ run: RunRecord; task: Task }> {
  const found = (await tx.peek([id])).get(id);
  const run = found && (await tx.runForChange(found.runId));
  return { task: await taskOf(tx, id), run: run! };
}

/** For change. Throws `RecordNotFoundError`. */
export async function runOf(tx: OrchestrationTransaction, id: string): Promise<RunRecord> {
  const run = await tx.runForChange(id);
  if (!run) throw new OrchestrationError('RecordNotFoundError', `There is no run ${id}.`, 'runId');
  return run;
}

/** Throws `RunTerminalError` for a run that takes no more tasks. */
export function checkOpen(run: RunRecord): void {
  if (!isClosed(run)) return;
  const how = run.status === 'cancelled' ? 'cancelled' : 'sealed';
  throw new OrchestrationError('RunTerminalError', `Run ${run.id} is ${how} and takes no more tasks.`, 'runId');
}

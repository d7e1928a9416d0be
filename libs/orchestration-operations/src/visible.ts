import { OrchestrationError, type ContextSnapshot, type RunRecord, type Task } from '@multitask/orchestration';
import type { Caller, Surroundings } from './operation';

type On = Pick<Surroundings, 'engine'>;

/** Undefined for a run that does not exist and for one of others alike. */
export async function findRun({ engine }: On, caller: Caller, runId: string): Promise<RunRecord | undefined> {
  const run = await engine.queries.run(runId);
  return run && isOwn(run, caller) ? run : undefined;
}

export async function findTask(on: On, caller: Caller, taskId: string): Promise<Task | undefined> {
  const task = await on.engine.queries.task(taskId);
  return task && (await isOfOwnRun(on, caller, task.runId)) ? task : undefined;
}

export async function findSnapshot(on: On, caller: Caller, id: string): Promise<ContextSnapshot | undefined> {
  const snapshot = await on.engine.queries.snapshot(id);
  return snapshot && (await isOfOwnRun(on, caller, snapshot.runId)) ? snapshot : undefined;
}

/** Throws `RecordNotFoundError` in the very words in which the engine says that there is none. */
export async function requireRun(on: On, caller: Caller, runId: string): Promise<void> {
  if (caller.namespace === undefined) return;
  if (!(await findRun(on, caller, runId)))
    throw new OrchestrationError('RecordNotFoundError', `There is no run ${runId}.`, 'runId');
}

export async function requireTask(on: On, caller: Caller, taskId: string): Promise<void> {
  if (caller.namespace === undefined) return;
  if (!(await findTask(on, caller, taskId)))
    throw new OrchestrationError('RecordNotFoundError', `There is no task ${taskId}.`, 'taskId');
}

/** The namespace to look in. Throws `ValidationError` for one that is not the caller's. */
export function namespaceOf(caller: Caller, asked: string | undefined): string | undefined {
  if (caller.namespace === undefined || asked === undefined || asked === caller.namespace)
    return caller.namespace ?? asked;
  throw new OrchestrationError('ValidationError', 'Leave namespace out, or name the one you belong to.', 'namespace');
}

const isOwn = (run: RunRecord, { namespace }: Caller): boolean =>
  namespace === undefined || run.namespace === namespace;

const isOfOwnRun = async (on: On, caller: Caller, runId: string): Promise<boolean> =>
  caller.namespace === undefined || (await findRun(on, caller, runId)) !== undefined;

/** What a run and its tasks should be, told as plainly as possible: no counters, no deltas, everything looked through each time. */
export interface ModelTask {
  readonly id: string;
  readonly runId: string;
  readonly kind: string;
  readonly priority: number;
  readonly maxAttempts: number | null;
  readonly retryDelayMs: number | null;
  readonly policy: 'skip' | 'fail' | 'run';
  readonly waitsFor: Set<string>;
  status: string;
  attempts: number;
  notBefore: number;
  expiresAt: number;
  dead: boolean;
}

interface ModelRun {
  sealed: boolean;
  cancelled: boolean;
  wasClaimed: boolean;
}

const ends = ['completed', 'failed', 'cancelled', 'skipped'];

export class RunModel {
  readonly runs = new Map<string, ModelRun>();
  readonly tasks = new Map<string, ModelTask>();

  create(runId: string): void {
    this.runs.set(runId, { sealed: false, cancelled: false, wasClaimed: false });
  }

  enqueue(tasks: readonly ModelTask[]): void {
    for (const task of tasks) this.tasks.set(task.id, task);
    for (const task of tasks)
      for (const id of task.waitsFor) if (ends.includes(this.tasks.get(id)!.status)) this.tell(task, id);
  }

  ready(now: number, kinds: readonly string[]): ModelTask[] {
    return [...this.tasks.values()].filter(
      ({ status, waitsFor, notBefore, kind }) =>
        status === 'queued' && waitsFor.size === 0 && notBefore <= now && (kinds.length === 0 || kinds.includes(kind)),
    );
  }

  claim(id: string, expiresAt: number): void {
    const task = this.tasks.get(id)!;
    Object.assign(task, { status: 'leased', attempts: task.attempts + 1, notBefore: 0, expiresAt });
    this.runs.get(task.runId)!.wasClaimed = true;
  }

  giveBack(id: string, status: 'queued' | 'blocked' | 'waiting_input'): void {
    const task = this.tasks.get(id)!;
    Object.assign(task, { status, attempts: task.attempts - 1 });
  }

  /** `isWorkersWord`: said by the worker, which a task without any policy takes as final. */
  fail(id: string, now: number, retryable: boolean, isWorkersWord: boolean): void {
    const task = this.tasks.get(id)!;
    const most = task.maxAttempts ?? (task.retryDelayMs === null ? 25 : 3);
    const hasPolicy = task.maxAttempts !== null || task.retryDelayMs !== null;
    if (retryable && (hasPolicy || !isWorkersWord) && task.attempts < most)
      Object.assign(task, { status: 'queued', notBefore: now + (task.retryDelayMs ?? 0) });
    else this.end(task, 'failed', true);
  }

  expire(now: number): void {
    for (const task of this.tasks.values())
      if (['leased', 'running'].includes(task.status) && task.expiresAt <= now) this.fail(task.id, now, true, false);
  }

  requeue(id: string): void {
    const task = this.tasks.get(id)!;
    task.waitsFor.clear();
    Object.assign(task, { status: 'queued', dead: false, attempts: 0, notBefore: 0 });
  }

  cancel(runId: string): void {
    const open = this.tasksOf(runId).filter(({ status }) => !ends.includes(status));
    if (open.length === 0 && ['completed', 'failed', 'cancelled'].includes(this.statusOf(runId))) return;
    this.runs.get(runId)!.cancelled = true;
    for (const task of open) task.status = 'cancelled';
  }

  end(task: ModelTask, status: string, dead = false): void {
    Object.assign(task, { status, dead });
    for (const other of this.tasks.values()) if (other.waitsFor.has(task.id)) this.tell(other, task.id);
  }

  statusOf(runId: string): string {
    const { sealed, cancelled, wasClaimed } = this.runs.get(runId)!;
    if (cancelled) return 'cancelled';
    const tasks = this.tasksOf(runId);
    const some = (...statuses: string[]) => tasks.some(({ status }) => statuses.includes(status));
    if (some('leased', 'running')) return 'active';
    const canGoOn = tasks.some(({ status, waitsFor }) => status === 'queued' && waitsFor.size === 0);
    if (some('blocked', 'waiting_input') && !canGoOn) return 'waiting';
    if (some('queued', 'blocked', 'waiting_input')) return wasClaimed ? 'active' : 'pending';
    if (some('failed')) return 'failed';
    if (some('completed')) return 'completed';
    return sealed ? 'completed' : 'pending';
  }

  tasksOf(runId: string): ModelTask[] {
    return [...this.tasks.values()].filter((task) => task.runId === runId);
  }

  private tell(task: ModelTask, endedId: string): void {
    if (task.status !== 'queued') return;
    if (this.tasks.get(endedId)!.status === 'completed' || task.policy === 'run') task.waitsFor.delete(endedId);
    else this.end(task, task.policy === 'skip' ? 'skipped' : 'failed', task.policy === 'fail');
  }
}

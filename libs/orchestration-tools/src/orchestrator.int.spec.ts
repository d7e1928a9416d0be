import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ToolRegistry, type ToolResult } from '@multitask/mcp-kit';
import { operations, type Caller } from '@multitask/orchestration-operations';
import { SqliteOrchestrationStore } from '@multitask/orchestration-sqlite';
import { eventually, hostileValue } from '@multitask/testing';
import fc from 'fast-check';
import { orchestrationTools } from './orchestration.tools';
import { Orchestrator } from './orchestrator';
import { runWorker } from './worker';

const folder = mkdtempSync(join(tmpdir(), 'orchestrator-'));
const filename = join(folder, 'shared.db');
const opened: { close(): Promise<void> }[] = [];
const open = (file = ':memory:') => {
  const store = new SqliteOrchestrationStore({ filename: file });
  const orchestrator = new Orchestrator(store, { sweepEveryMs: 50 });
  opened.push(orchestrator, store);
  return orchestrator;
};
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

// Answers are looked into by name.
const call = (on: Orchestrator, name: string, input: object, caller: Partial<Caller> = {}): Promise<any> =>
  on.perform(name, input, caller);
const newRun = async (on: Orchestrator): Promise<string> => (await call(on, 'create_run', {})).run.id;

describe('waiting', () => {
  it('a claim that waits gets the task as soon as it is there, and each task wakes one', async () => {
    const on = open();
    const runId = await newRun(on);
    const claims = [1, 2, 3].map((i) => call(on, 'claim_next_task', { workerId: `w${i}`, waitMs: 40_000 }));
    await call(on, 'enqueue_task', { runId, kind: 'a' });
    const first = await Promise.race(claims);
    expect(first.claim.task.kind).toBe('a');
    await on.close();
    const all = await Promise.all(claims);
    expect(all.filter(({ claim }) => claim !== null)).toHaveLength(1);
  });

  it('a claim in another process is found, too', async () => {
    const [here, there] = [open(filename), open(filename)];
    const waiting = call(here, 'claim_next_task', { workerId: 'w', waitMs: 40_000 });
    await call(there, 'enqueue_task', { runId: await newRun(there), kind: 'a' });
    expect((await waiting).claim.task.kind).toBe('a');
  });

  it('a worker that goes away takes no task with it', async () => {
    const on = open();
    const gone = new AbortController();
    const waiting = call(on, 'claim_next_task', { workerId: 'w', waitMs: 40_000 }, { signal: gone.signal });
    gone.abort();
    expect(await waiting).toEqual({ claim: null });
    await call(on, 'enqueue_task', { runId: await newRun(on), kind: 'a' });
    expect((await call(on, 'claim_next_task', { workerId: 'x' })).claim).not.toBeNull();
  });

  it('a run is waited for from the last event seen, to its end', async () => {
    const on = open();
    const runId = await newRun(on);
    const worker = runWorker({ orchestrator: on, handler: () => ({ output: 1 }) });
    let { cursor } = await call(on, 'wait_run', { runId });
    const seen: string[] = [];
    await call(on, 'enqueue_task', { runId, kind: 'a' });
    await call(on, 'seal_run', { runId });
    for (let run = { status: 'active' }; run.status !== 'completed';) {
      const answer = await call(on, 'wait_run', { runId, cursor, timeoutMs: 40_000 });
      seen.push(...answer.events.map(({ type }: { type: string }) => type));
      ({ run, cursor } = answer);
    }
    expect(seen.filter((type) => type.startsWith('task.'))).toEqual([
      'task.enqueued',
      'task.claimed',
      'task.running',
      'task.completed',
    ]);
    await worker.stop();
  });

  it('leases end by themselves, without anybody asking', async () => {
    const on = open();
    await call(on, 'enqueue_task', { runId: await newRun(on), kind: 'a' });
    const { claim } = await call(on, 'claim_next_task', { workerId: 'w', leaseMs: 100 });
    const again = await call(on, 'claim_next_task', { workerId: 'x', waitMs: 40_000 });
    expect(again.claim.task.id).toBe(claim.task.id);
    expect(again.claim.lease.fencingToken).toBe(2);
  });
});

describe('a worker', () => {
  it('does as many tasks at a time as it is told, with their context, and leaves what it made', async () => {
    const on = open();
    const { run } = await call(on, 'create_run', { context: { from: 'the run' } });
    const contexts: unknown[] = [];
    let most = 0;
    let now = 0;
    const together = Promise.withResolvers<void>();
    const worker = runWorker({
      orchestrator: on,
      concurrency: 3,
      async handler({ context, task }) {
        contexts.push(context);
        most = Math.max(most, ++now);
        if (most === 3) together.resolve();
        await together.promise;
        now--;
        return { output: task.input, nextContext: { ...context, [task.kind]: true } };
      },
    });
    const tasks = ['a', 'b', 'c'].map((kind) => ({ kind, input: kind }));
    await call(on, 'enqueue_tasks', { runId: run.id, tasks });
    await eventually(async () => (await call(on, 'get_run', { runId: run.id })).run.status === 'completed');
    await worker.stop();
    expect([most, contexts[0]]).toEqual([3, { from: 'the run' }]);
    const { snapshot } = await call(on, 'get_current_context_snapshot', { runId: run.id });
    expect(snapshot.payload).toEqual({ from: 'the run', a: true, b: true, c: true });
  });

  it('keeps its lease for as long as it works', async () => {
    const on = open();
    const runId = await newRun(on);
    await call(on, 'enqueue_task', { runId, kind: 'a' });
    const beats = Promise.withResolvers<void>();
    const worker = runWorker({ orchestrator: on, leaseMs: 3_000, handler: () => beats.promise });
    await eventually(async () => {
      const { events } = await call(on, 'list_run_events', { runId });
      return events.filter(({ type }: { type: string }) => type === 'task.lease_heartbeat').length >= 2;
    });
    beats.resolve();
    await worker.stop();
    expect((await call(on, 'list_run_tasks', { runId })).tasks[0]).toMatchObject({
      status: 'completed',
      attemptCount: 1,
    });
  });

  it('tells failures, asks people, and gives back what it cannot finish when it is stopped', async () => {
    const on = open();
    const runId = await newRun(on);
    const started = Promise.withResolvers<void>();
    const worker = runWorker({
      orchestrator: on,
      concurrency: 3,
      patienceMs: 1,
      async handler({ task, signal }) {
        if (task.kind === 'fails') throw Object.assign(new TypeError('no'), { retryable: false });
        if (task.kind === 'asks') return { pause: 'waiting_input', reason: 'which?' };
        started.resolve();
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
      },
    });
    const tasks = [{ kind: 'fails', maxAttempts: 5 }, { kind: 'asks' }, { kind: 'hangs' }];
    await call(on, 'enqueue_tasks', { runId, tasks });
    const statuses = async () =>
      (await call(on, 'list_run_tasks', { runId })).tasks.map(({ status }: { status: string }) => status);
    await started.promise;
    await eventually(async () => (await statuses()).slice(0, 2).join() === 'failed,waiting_input');
    await worker.stop();
    expect(await statuses()).toEqual(['failed', 'waiting_input', 'queued']);
    const { tasks: dead } = await call(on, 'list_dead_tasks', { runId });
    expect(dead[0].error).toEqual({ name: 'TypeError', message: 'no' });
  });

  it('is not made for no tasks at a time', () => {
    for (const concurrency of [0, -1, 1.5, Number.NaN])
      expect(() => runWorker({ orchestrator: open(), concurrency, handler: () => undefined })).toThrow(RangeError);
  });

  it('is told to give up when its task is no longer its own', async () => {
    const on = open();
    const runId = await newRun(on);
    const aborted = Promise.withResolvers<void>();
    const worker = runWorker({
      orchestrator: on,
      leaseMs: 300,
      async handler({ signal }) {
        await call(on, 'cancel_run', { runId });
        signal.addEventListener('abort', () => aborted.resolve());
        await aborted.promise;
      },
    });
    await call(on, 'enqueue_task', { runId, kind: 'a' });
    await aborted.promise;
    await worker.stop();
    expect((await call(on, 'get_run', { runId })).run.status).toBe('cancelled');
  });
});

describe('the tools', () => {
  const registry = (on: Orchestrator, faults: unknown[] = []) =>
    new ToolRegistry(orchestrationTools(on), { onFault: (error) => faults.push(error) });

  it('are few bytes in a list', () => {
    const bytes = Buffer.byteLength(JSON.stringify({ tools: registry(open()).list() }));
    expect(bytes).toBeLessThan(40_000);
  });

  it('answer what their own schemas say, through a whole story', async () => {
    const on = open();
    const tools = registry(on);
    const outputs = new Map(operations.map(({ name, output }) => [name, output]));
    const use = async (name: string, input: object): Promise<any> => {
      const { structuredContent, isError, content } = await tools.result(name, input, {});
      expect({ name, content, isError }).toMatchObject({ isError: undefined });
      expect(outputs.get(name)!.safeParse(structuredContent)).toMatchObject({ success: true });
      return structuredContent;
    };
    const { run } = await use('create_run', { context: { a: 1 }, metadata: { m: 1 }, externalId: 'e' });
    const runId = run.id;
    await use('enqueue_task', { runId, kind: 'a', key: 'a', maxAttempts: 2, retry: { delayMs: 0 } });
    await use('enqueue_tasks', {
      runId,
      tasks: [
        { kind: 'b', dependsOnKeys: ['a'] },
        { kind: 'c', priority: -1 },
      ],
    });
    await use('list_pending_tasks', { runId });
    const { claim } = await use('claim_next_task', { workerId: 'w' });
    const by = { taskId: claim.task.id, leaseId: claim.lease.id, workerId: 'w' };
    await use('mark_task_running', by);
    await use('heartbeat_lease', by);
    await use('pause_task', { ...by, status: 'waiting_input' });
    await use('resume_task', { taskId: by.taskId, payload: 'yes' });
    for (let i = 0; i < 2; i++) {
      const { claims } = await use('claim_tasks', { workerId: 'w', limit: 1, kinds: ['a'] });
      await use('fail_task', { ...by, leaseId: claims[0].lease.id, error: 'no' });
    }
    await use('list_dead_tasks', {});
    await use('requeue_dead_task', { taskId: by.taskId });
    for (const { task, lease } of (await use('claim_tasks', { workerId: 'w', kinds: ['a'] })).claims)
      await use('complete_task', { taskId: task.id, leaseId: lease.id, workerId: 'w', nextContext: { a: 2 } });
    for (const { task, lease } of (await use('claim_tasks', { workerId: 'w' })).claims)
      await use('release_task', { taskId: task.id, leaseId: lease.id, workerId: 'w' });
    await use('append_context_snapshot', { runId, payload: { b: 1 } });
    const { snapshot } = await use('get_current_context_snapshot', { runId });
    await use('get_context_snapshot', { snapshotId: snapshot.id });
    await use('list_context_snapshots', { runId });
    await use('get_task', { taskId: by.taskId });
    await use('get_task', { taskId: 'nobody' });
    await use('list_run_tasks', { runId, limit: 1 });
    await use('list_run_events', { runId });
    await use('list_events_since', { afterId: 0, eventTypes: ['task.completed'] });
    await use('wait_run', { runId });
    await use('expire_leases', {});
    await use('seal_run', { runId });
    await use('cancel_run', { runId });
    await use('list_runs', { externalId: 'e' });
    await use('get_run', { runId });
    await use('get_run', { runId: 'nobody' });
    await use('prune_runs', { olderThan: new Date().toISOString() });
  });

  it('take any arguments: each call answers or refuses by name, and nothing unexpected happens inside', async () => {
    const faults: unknown[] = [];
    const on = open();
    const tools = registry(on, faults);
    const known = new Map(operations.map(({ name, errors }) => [name, ['ValidationError', ...errors] as string[]]));
    const property = fc.asyncProperty(
      fc.constantFrom(...operations),
      fc.dictionary(fc.constantFrom('runId', 'taskId', 'kind', 'tasks', 'cursor', 'limit', 'x'), hostileValue),
      async ({ name, example }, changes) => {
        const given = { ...(example.input as object), ...changes, waitMs: undefined, timeoutMs: 0 };
        const fields = Object.fromEntries(
          Object.entries(given).filter(([key]) => key in (example.input as object) || key in changes),
        );
        const { isError, _meta }: ToolResult = await tools.result(name, fields, {});
        if (isError) expect(known.get(name)).toContain(_meta!.error.code);
      },
    );
    await fc.assert(property, { numRuns: 300 });
    expect(faults).toEqual([]);
  });

  it('show a caller of one namespace nothing of another', async () => {
    const on = open();
    const tools = registry(on);
    const runId = await newRun(on);
    const { task } = await call(on, 'enqueue_task', { runId, kind: 'a' });
    const as = (name: string, input: object) => tools.result(name, input, { namespace: 'mine' });
    expect((await as('get_run', { runId })).structuredContent).toEqual({ run: null });
    expect((await as('get_task', { taskId: task.id })).structuredContent).toEqual({ task: null });
    expect((await as('list_run_tasks', { runId }))._meta?.error.code).toBe('RecordNotFoundError');
    expect((await as('claim_next_task', { workerId: 'w' })).structuredContent).toEqual({ claim: null });
  });
});

import { createHash } from 'node:crypto';
import { OrchestrationEngine } from '../engine/orchestration.engine';
import type { Claim } from '../engine/claim.commands';
import type { OrchestrationStore } from './orchestration.store';

export interface StoreUnderTest {
  readonly store: OrchestrationStore;
  /** Types of a run's events, in order. */
  eventsOf(runId: string): Promise<string[]>;
}

/** What every store must do for the engine, told by what callers see. `open` is given the clock. */
export function describeOrchestrationStore(name: string, open: (now: () => number) => Promise<StoreUnderTest>): void {
  describe(name, () => {
    let clock = Date.UTC(2026, 0, 1);
    let ids = 0;
    let under: StoreUnderTest;
    let engine: OrchestrationEngine;
    const lease = 30_000;

    beforeEach(async () => {
      under = await open(() => clock);
      engine = new OrchestrationEngine({
        store: under.store,
        newId: (kind) => `${kind}_${++ids}`,
        digest: (text) => createHash('sha256').update(text).digest('base64url'),
      });
    });
    afterEach(() => under.store.close());

    const start = async (...kinds: string[]) => {
      const run = await engine.runs.create({});
      const tasks = await engine.tasks.enqueue(
        run.id,
        kinds.map((kind) => ({ kind, key: kind })),
      );
      return { run, tasks };
    };
    const claim = (
      limit = 1,
      workerId = 'w',
      more: { kinds?: string[]; namespace?: string; clientToken?: string } = {},
    ) => engine.claims.claim({ workerId, leaseMs: lease, limit, ...more });
    const triple = ({ task, lease: held }: Claim) => ({ taskId: task.id, leaseId: held.id, workerId: held.workerId });
    const statusOf = async (runId: string) => {
      await engine.sweep.run();
      return (await under.store.transaction((tx) => tx.runs([runId]))).get(runId)!.status;
    };
    const taskOf = async (id: string) => (await under.store.transaction((tx) => tx.tasks([id]))).get(id)!;

    it('a run of three dependent tasks is worked off in their order, and its events tell the story', async () => {
      const run = await engine.runs.create({ sealed: false, context: { goal: 'g' } });
      await engine.tasks.enqueue(run.id, [
        { kind: 'c', key: 'c', dependsOnKeys: ['a', 'b'] },
        { kind: 'a', key: 'a' },
        { kind: 'b', key: 'b', dependsOnKeys: ['a'] },
      ]);
      await engine.runs.seal(run.id);
      const order: string[] = [];
      for (let [next] = await claim(); next; [next] = await claim()) {
        order.push(next.task.kind);
        await engine.attempts.markRunning(triple(next));
        await engine.attempts.complete({ ...triple(next), output: { done: next.task.kind } });
      }
      expect(order).toEqual(['a', 'b', 'c']);
      expect(await statusOf(run.id)).toBe('completed');
      expect(await under.eventsOf(run.id)).toEqual([
        'run.created',
        ...Array.from({ length: 3 }, () => 'task.enqueued'),
        'run.sealed',
        ...Array.from({ length: 3 }, (_, i) => [
          'task.claimed',
          ...(i === 0 ? ['run.status.changed'] : []),
          'task.running',
          'task.completed',
        ]).flat(),
        'run.status.changed',
      ]);
    });

    it('nobody waits for ever for a task that failed: dependents are skipped, and theirs (1)', async () => {
      const run = await engine.runs.create({ sealed: false });
      const [a, b, c] = await engine.tasks.enqueue(run.id, [
        { kind: 'a', key: 'a' },
        { kind: 'b', key: 'b', dependsOnKeys: ['a'] },
        { kind: 'c', dependsOnKeys: ['b'] },
      ]);
      await engine.attempts.fail({ ...triple((await claim())[0]!), error: 'no' });
      expect((await taskOf(a!.id)).status).toBe('failed');
      expect((await taskOf(b!.id)).status).toBe('skipped');
      expect((await taskOf(c!.id)).status).toBe('skipped');
      expect(await statusOf(run.id)).toBe('failed');
    });

    it('a task enqueued behind one that has ended already is told at once', async () => {
      const { run, tasks } = await start('a');
      await engine.attempts.complete(triple((await claim())[0]!));
      const [next] = await engine.tasks.enqueue(run.id, [{ kind: 'b', dependsOnTaskIds: [tasks[0]!.id] }]);
      expect(next!.unmetDependencies).toBe(0);
      expect((await claim()).map(({ task }) => task.kind)).toEqual(['b']);
    });

    it('a fan-out larger than one change is told to its last task', async () => {
      const run = await engine.runs.create({});
      const many = Array.from({ length: 450 }, () => ({ kind: 'leaf', dependsOnKeys: ['root'] }));
      await engine.tasks.enqueue(run.id, [{ kind: 'root', key: 'root' }, ...many]);
      await engine.attempts.complete(triple((await claim())[0]!));
      await engine.sweep.run();
      expect(await claim(1_000)).toHaveLength(450);
    });

    it('a task is claimed by one worker, and a token brings that worker its claim again (14)', async () => {
      await start('a');
      const [first] = await claim(1, 'w1', { clientToken: 't' });
      expect(await claim(1, 'w2', { clientToken: 't' })).toEqual([]);
      expect((await claim(1, 'w1', { clientToken: 't' }))[0]).toEqual(first);
    });

    it('claims go by kind, namespace, priority, and turn about between runs (12)', async () => {
      const other = await engine.runs.create({ namespace: 'other' });
      await engine.tasks.enqueue(other.id, [{ kind: 'x' }]);
      const large = await engine.runs.create({});
      await engine.tasks.enqueue(
        large.id,
        Array.from({ length: 20 }, () => ({ kind: 'work' })),
      );
      const small = await engine.runs.create({});
      await engine.tasks.enqueue(small.id, [{ kind: 'work' }, { kind: 'work' }, { kind: 'urgent', priority: 9 }]);
      expect((await claim(9, 'w', { namespace: 'other' })).map(({ run }) => run.id)).toEqual([other.id]);
      expect((await claim(1, 'w', { kinds: ['nothing'] })).length).toBe(0);
      const claims = await claim(6, 'w', { kinds: ['urgent', 'work'] });
      expect(claims[0]!.task.kind).toBe('urgent');
      expect(claims.filter(({ run }) => run.id === small.id)).toHaveLength(3);
    });

    it('a delayed task is claimed when its time has come, and not before', async () => {
      const run = await engine.runs.create({});
      await engine.tasks.enqueue(run.id, [{ kind: 'later', notBefore: clock + 1_000 }]);
      expect(await claim()).toEqual([]);
      clock += 1_000;
      expect(await claim()).toHaveLength(1);
    });

    it('a silent worker loses its task to the next, and its late word is refused', async () => {
      await start('a');
      const [lost] = await claim();
      clock += lease;
      expect(await engine.sweep.run()).toEqual({ expiredTaskIds: [lost!.task.id] });
      const [next] = await claim(1, 'w2');
      expect(next!.lease.fencingToken).toBeGreaterThan(lost!.lease.fencingToken);
      await expect(engine.attempts.complete(triple(lost!))).rejects.toMatchObject({ name: 'LeaseConflictError' });
      await expect(engine.attempts.heartbeat(triple(lost!))).rejects.toMatchObject({ name: 'LeaseConflictError' });
      expect((await engine.attempts.complete(triple(next!))).status).toBe('completed');
    });

    it('a completion that is repeated with its token changes nothing, with other arguments it is refused', async () => {
      const { run } = await start('a');
      const [held] = await claim();
      const order = { ...triple(held!), output: 1, clientToken: 't' };
      const done = await engine.attempts.complete(order);
      expect(await engine.attempts.complete(order)).toEqual(done);
      await expect(engine.attempts.complete({ ...order, output: 2 })).rejects.toMatchObject({ field: 'clientToken' });
      expect((await under.eventsOf(run.id)).filter((type) => type === 'task.completed')).toHaveLength(1);
    });

    it('a paused task holds its run, and goes on with the answer', async () => {
      const { run } = await start('ask');
      await engine.attempts.pause({ ...triple((await claim())[0]!), status: 'waiting_input', reason: 'which?' });
      expect(await statusOf(run.id)).toBe('waiting');
      const [task] = await under.store.transaction((tx) => tx.openTasks(run.id, 9));
      await engine.byHand.resume(task!.id, 'this one');
      expect((await claim())[0]!.task.metadata).toEqual({ resume: 'this one' });
    });

    it('an unsealed run shows its outcome and opens again; a sealed one takes no more (4)', async () => {
      const { run } = await start('a');
      await engine.attempts.complete(triple((await claim())[0]!));
      expect(await statusOf(run.id)).toBe('completed');
      await engine.tasks.enqueue(run.id, [{ kind: 'b' }]);
      expect(await statusOf(run.id)).toBe('active');
      await engine.runs.seal(run.id);
      await expect(engine.tasks.enqueue(run.id, [{ kind: 'c' }])).rejects.toMatchObject({ name: 'RunTerminalError' });
    });

    it('a cancel ends what is open, with an event for each, and keeps an outcome (13)', async () => {
      const { run } = await start('a', 'b', 'c');
      const [held] = await claim();
      await engine.runs.cancel(run.id, 'enough');
      expect(await statusOf(run.id)).toBe('cancelled');
      expect((await under.eventsOf(run.id)).filter((type) => type === 'task.cancelled')).toHaveLength(3);
      await expect(engine.attempts.complete(triple(held!))).rejects.toMatchObject({ name: 'LeaseConflictError' });
      const done = await start('a');
      await engine.attempts.complete(triple((await claim())[0]!));
      await engine.runs.cancel(done.run.id);
      expect(await statusOf(done.run.id)).toBe('completed');
    });

    it('a dead letter lives again, and its run with it', async () => {
      const { run, tasks } = await start('a');
      await engine.attempts.fail({ ...triple((await claim())[0]!), error: { name: 'E', message: 'm' } });
      expect(await taskOf(tasks[0]!.id)).toMatchObject({ dead: true, error: { name: 'E', message: 'm' } });
      await engine.byHand.requeue(tasks[0]!.id);
      await engine.attempts.complete(triple((await claim())[0]!));
      expect(await statusOf(run.id)).toBe('completed');
    });

    it('contexts of two workers are joined where they differ and refused where they clash (15)', async () => {
      const run = await engine.runs.create({ context: { a: 0, b: 0 } });
      await engine.tasks.enqueue(run.id, [{ kind: 'x' }, { kind: 'y' }, { kind: 'z' }]);
      const [x, y, z] = await claim(3);
      await engine.attempts.complete({ ...triple(x!), nextContext: { a: 1, b: 0 } });
      await engine.attempts.complete({ ...triple(y!), nextContext: { a: 0, b: 2 } });
      const current = (await under.store.transaction((tx) => tx.runs([run.id]))).get(run.id)!.currentContextSnapshotId!;
      expect((await under.store.transaction((tx) => tx.snapshot(current)))!.payload).toEqual({ a: 1, b: 2 });
      const clash = engine.attempts.complete({ ...triple(z!), nextContext: { a: 9, b: 0 } });
      await expect(clash).rejects.toMatchObject({ name: 'ContextConflictError' });
      expect((await taskOf(z!.task.id)).status).toBe('leased');
    });

    it('a repeated create or enqueue with its key makes nothing new', async () => {
      const run = await engine.runs.create({ idempotencyKey: 'k', metadata: { a: 1 } });
      expect((await engine.runs.create({ idempotencyKey: 'k', metadata: { a: 1 } })).id).toBe(run.id);
      await expect(engine.runs.create({ idempotencyKey: 'k' })).rejects.toMatchObject({ field: 'idempotencyKey' });
      const tasks = await engine.tasks.enqueue(run.id, [{ kind: 'a' }, { kind: 'b' }], 'k');
      const again = await engine.tasks.enqueue(run.id, [{ kind: 'a' }, { kind: 'b' }], 'k');
      expect(again.map(({ id }) => id)).toEqual(tasks.map(({ id }) => id));
      expect(await claim(9)).toHaveLength(2);
    });

    it('a refused enqueue leaves nothing behind', async () => {
      const run = await engine.runs.create({});
      const orders = [
        { kind: 'a', key: 'a' },
        { kind: 'b', dependsOnKeys: ['nobody'] },
      ];
      await expect(engine.tasks.enqueue(run.id, orders)).rejects.toMatchObject({ field: 'tasks[1].dependsOnKeys' });
      expect(await claim(9)).toEqual([]);
      expect(await under.eventsOf(run.id)).toEqual(['run.created']);
    });

    it('a hundred workers at once never get one task twice', async () => {
      const run = await engine.runs.create({});
      await engine.tasks.enqueue(
        run.id,
        Array.from({ length: 150 }, () => ({ kind: 'work' })),
      );
      const claims = await Promise.all(Array.from({ length: 100 }, (_, i) => claim(2, `w${i}`)));
      const ids = claims.flat().map(({ task }) => task.id);
      expect([ids.length, new Set(ids).size]).toEqual([150, 150]);
    });
  });
}

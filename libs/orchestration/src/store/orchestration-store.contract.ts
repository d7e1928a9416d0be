import { describeReading } from './contract/reading.contract';
import { describeSemantics } from './contract/semantics.contract';
import { leaseMs, StoreScenario, triple, type OpenStore } from './contract/store.scenario.contract';

export { describeDeath, type MortalStore } from './contract/death.contract';
export { describeProcesses } from './contract/processes.contract';
export { engineOver, triple } from './contract/store.scenario.contract';
export { describeModel } from './contract/model.contract';
export type { OpenStore, StoreUnderTest } from './contract/store.scenario.contract';

/** What every store must do for the engine, told by what callers see. `open` is given the on.clock. */
export function describeOrchestrationStore(name: string, open: OpenStore): void {
  describe(name, () => {
    describeSemantics(open);
    describeReading(open);
    describe('at work', () => {
      let on: StoreScenario;
      beforeEach(async () => {
        on = new StoreScenario();
        await on.open(open);
      });
      afterEach(() => on.under.store.close());

      it('a run of three dependent tasks is worked off in their order, and its events tell the story', async () => {
        const run = await on.engine.runs.create({ sealed: false, context: { goal: 'g' } });
        await on.engine.tasks.enqueue(run.id, [
          { kind: 'c', key: 'c', dependsOnKeys: ['a', 'b'] },
          { kind: 'a', key: 'a' },
          { kind: 'b', key: 'b', dependsOnKeys: ['a'] },
        ]);
        await on.engine.runs.seal(run.id);
        const order: string[] = [];
        for (let [next] = await on.claim(); next; [next] = await on.claim()) {
          order.push(next.task.kind);
          await on.engine.attempts.markRunning(triple(next));
          await on.engine.attempts.complete({ ...triple(next), output: { done: next.task.kind } });
        }
        expect(order).toEqual(['a', 'b', 'c']);
        expect(await on.statusOf(run.id)).toBe('completed');
        expect(await on.under.eventsOf(run.id)).toEqual([
          'run.created',
          'context.snapshot.created',
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

      it('a task enqueued behind one that has ended already is told at once', async () => {
        const { run, tasks } = await on.start('a');
        await on.engine.attempts.complete(triple((await on.claim())[0]!));
        const [next] = await on.engine.tasks.enqueue(run.id, [{ kind: 'b', dependsOnTaskIds: [tasks[0]!.id] }]);
        expect(next!.unmetDependencies).toBe(0);
        expect((await on.claim()).map(({ task }) => task.kind)).toEqual(['b']);
      });

      it('a fan-out larger than one change is told to its last task', async () => {
        const run = await on.engine.runs.create({});
        const many = Array.from({ length: 450 }, () => ({ kind: 'leaf', dependsOnKeys: ['root'] }));
        await on.engine.tasks.enqueue(run.id, [{ kind: 'root', key: 'root' }, ...many]);
        await on.engine.attempts.complete(triple((await on.claim())[0]!));
        await on.engine.sweep.run();
        expect(await on.claim(1_000)).toHaveLength(450);
      });

      it('a delayed task is claimed when its time has come, and not before', async () => {
        const run = await on.engine.runs.create({});
        await on.engine.tasks.enqueue(run.id, [{ kind: 'later', notBefore: on.clock + 1_000 }]);
        expect(await on.claim()).toEqual([]);
        on.clock += 1_000;
        expect(await on.claim()).toHaveLength(1);
      });

      it('a silent worker loses its task to the next, and its late word is refused', async () => {
        await on.start('a');
        const [lost] = await on.claim();
        on.clock += leaseMs;
        expect(await on.engine.sweep.run()).toEqual({ expiredTaskIds: [lost!.task.id] });
        const [next] = await on.claim(1, 'w2');
        expect(next!.lease.fencingToken).toBeGreaterThan(lost!.lease.fencingToken);
        await expect(on.engine.attempts.complete(triple(lost!))).rejects.toMatchObject({ name: 'LeaseConflictError' });
        await expect(on.engine.attempts.heartbeat(triple(lost!))).rejects.toMatchObject({ name: 'LeaseConflictError' });
        expect((await on.engine.attempts.complete(triple(next!))).status).toBe('completed');
      });

      it('a completion that is repeated with its token changes nothing, with other arguments it is refused', async () => {
        const { run } = await on.start('a');
        const [held] = await on.claim();
        const order = { ...triple(held!), output: 1, clientToken: 't' };
        const done = await on.engine.attempts.complete(order);
        expect(await on.engine.attempts.complete(order)).toEqual(done);
        await expect(on.engine.attempts.complete({ ...order, output: 2 })).rejects.toMatchObject({
          field: 'clientToken',
        });
        expect((await on.under.eventsOf(run.id)).filter((type) => type === 'task.completed')).toHaveLength(1);
      });

      it('a paused task holds its run, and goes on with the answer', async () => {
        const { run } = await on.start('ask');
        await on.engine.attempts.pause({
          ...triple((await on.claim())[0]!),
          status: 'waiting_input',
          reason: 'which?',
        });
        expect(await on.statusOf(run.id)).toBe('waiting');
        const [task] = await on.under.store.transaction((tx) => tx.openTasks(run.id, 9));
        await on.engine.byHand.resume(task!.id, 'this one');
        expect((await on.claim())[0]!.task.metadata).toEqual({ resume: 'this one' });
      });

      it('a dead letter lives again, and its run with it', async () => {
        const { run, tasks } = await on.start('a');
        await on.engine.attempts.fail({ ...triple((await on.claim())[0]!), error: { name: 'E', message: 'm' } });
        expect(await on.task(tasks[0]!.id)).toMatchObject({ dead: true, error: { name: 'E', message: 'm' } });
        await on.engine.byHand.requeue(tasks[0]!.id);
        await on.engine.attempts.complete(triple((await on.claim())[0]!));
        expect(await on.statusOf(run.id)).toBe('completed');
      });

      it('a repeated create or enqueue with its key makes nothing new', async () => {
        const run = await on.engine.runs.create({ idempotencyKey: 'k', metadata: { a: 1 } });
        expect((await on.engine.runs.create({ idempotencyKey: 'k', metadata: { a: 1 } })).id).toBe(run.id);
        await expect(on.engine.runs.create({ idempotencyKey: 'k' })).rejects.toMatchObject({ field: 'idempotencyKey' });
        const tasks = await on.engine.tasks.enqueue(run.id, [{ kind: 'a' }, { kind: 'b' }], 'k');
        const again = await on.engine.tasks.enqueue(run.id, [{ kind: 'a' }, { kind: 'b' }], 'k');
        expect(again.map(({ id }) => id)).toEqual(tasks.map(({ id }) => id));
        expect(await on.claim(9)).toHaveLength(2);
      });

      it('a refused enqueue leaves nothing behind', async () => {
        const run = await on.engine.runs.create({});
        const orders = [
          { kind: 'a', key: 'a' },
          { kind: 'b', dependsOnKeys: ['nobody'] },
        ];
        await expect(on.engine.tasks.enqueue(run.id, orders)).rejects.toMatchObject({
          field: 'tasks[1].dependsOnKeys',
        });
        expect(await on.claim(9)).toEqual([]);
        expect(await on.under.eventsOf(run.id)).toEqual(['run.created']);
      });

      it('what many workers say at once is one change, and what is refused to one of them is done for the others', async () => {
        const run = await on.engine.runs.create({});
        await on.engine.tasks.enqueue(run.id, [
          ...Array.from({ length: 40 }, (_, i) => ({ kind: 'work', key: `${i}` })),
          { kind: 'last', dependsOnKeys: Array.from({ length: 40 }, (_, i) => `${i}`) },
        ]);
        const claims = await on.claim(40);
        const before = on.under.statements();
        const results = await Promise.allSettled([
          ...claims.map((held, i) => on.engine.attempts.complete({ ...triple(held), clientToken: `t${i}` })),
          on.engine.attempts.complete({ ...triple(claims[0]!), workerId: 'stranger' }),
          on.engine.attempts.complete({ ...triple(claims[1]!), taskId: 'nobody' }),
          on.engine.attempts.complete({ ...triple(claims[2]!), output: 'again' }),
        ]);
        // The answers to forty tokens are forty of them on either store.
        if (before > 0) expect(on.under.statements() - before).toBeLessThan(600);
        const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.name] : []));
        expect(refused.sort()).toEqual(['LeaseConflictError', 'LeaseConflictError', 'RecordNotFoundError']);
        const told = (await on.under.eventsOf(run.id)).filter((type) => type === 'task.completed');
        expect(told).toHaveLength(40);
        expect((await on.claim()).map(({ task }) => task.kind)).toEqual(['last']);
        // Repeated with its token after a lost answer, among others that are not.
        const repeated = claims.map((held, i) =>
          on.engine.attempts.complete({ ...triple(held), clientToken: `t${i}` }),
        );
        expect((await Promise.all(repeated)).map(({ status }) => status)).toEqual(claims.map(() => 'completed'));
      });

      it('a hundred workers at once never get one task twice', async () => {
        const run = await on.engine.runs.create({});
        await on.engine.tasks.enqueue(
          run.id,
          Array.from({ length: 150 }, () => ({ kind: 'work' })),
        );
        const claims = await Promise.all(Array.from({ length: 100 }, (_, i) => on.claim(2, `w${i}`)));
        const ids = claims.flat().map(({ task }) => task.id);
        expect([ids.length, new Set(ids).size]).toEqual([150, 150]);
      });
    });
  });
}

import type { RunFilter } from '../orchestration.reader';
import { watched, type Stir } from '../watched.store';
import { engineOver, leaseMs, StoreScenario, triple, type OpenStore } from './store.scenario.contract';

export function describeReading(open: OpenStore): void {
  describe('reading', () => {
    let on: StoreScenario;
    beforeEach(async () => {
      on = new StoreScenario();
      await on.open(open);
    });
    afterEach(() => on.under.store.close());

    const all: RunFilter = { statuses: [], orderBy: 'createdAt', descending: false, limit: 100, offset: 0 };

    it('a list of tasks comes in parts, each task once and in its order', async () => {
      const { run } = await on.start();
      const made = await on.engine.tasks.enqueue(
        run.id,
        Array.from({ length: 25 }, () => ({ kind: 'a' })),
      );
      await on.start('of another run');
      const seen: string[] = [];
      for (let after: number | undefined = 0; after !== undefined;) {
        const part = await on.engine.queries.tasksOfRun(run.id, { after, limit: 10 });
        seen.push(...part.items.map(({ id }) => id));
        after = part.next;
      }
      expect(seen).toEqual(made.map(({ id }) => id));
    });

    it('runs are found by what they are called, by status as it is now, and by time', async () => {
      const { run: done } = await on.start('a');
      await on.attempts.complete(triple(await on.claimOne()));
      await on.engine.sweep.run();
      on.clock += 1_000;
      const named = await on.engine.runs.create({ namespace: 'n', externalId: 'e' });
      const ids = async (filter: Partial<RunFilter>) =>
        (await on.engine.queries.runs({ ...all, ...filter })).map(({ id }) => id);
      expect(await ids({})).toEqual([done.id, named.id]);
      expect(await ids({ descending: true, limit: 1 })).toEqual([named.id]);
      expect(await ids({ offset: 1 })).toEqual([named.id]);
      expect(await ids({ namespace: 'n' })).toEqual([named.id]);
      expect(await ids({ externalId: 'e' })).toEqual([named.id]);
      expect(await ids({ statuses: ['completed', 'failed'] })).toEqual([done.id]);
      expect(await ids({ updatedAfter: on.clock - 1 })).toEqual([named.id]);
      expect(await ids({ updatedBefore: on.clock })).toEqual([done.id]);
    });

    it('the status of a run is exact at once, without a sweep', async () => {
      const { run } = await on.start('a');
      await on.attempts.complete(triple(await on.claimOne()));
      expect((await on.engine.queries.run(run.id))!.status).toBe('completed');
    });

    it('tasks that nobody has claimed are listed with what they wait for', async () => {
      const { run } = await on.start('a');
      await on.engine.tasks.enqueue(run.id, [
        { kind: 'b', dependsOnKeys: ['a'] },
        { kind: 'c', notBefore: on.clock + 1_000 },
      ]);
      const pending = async (more: object = {}) =>
        (await on.engine.queries.pendingTasks({ kinds: [], limit: 9, ...more })).map(({ task, readiness }) => [
          task.kind,
          readiness,
        ]);
      expect(await pending()).toEqual([
        ['a', 'ready'],
        ['b', 'waits_for_dependencies'],
        ['c', 'not_before'],
      ]);
      expect(await pending({ kinds: ['b'] })).toHaveLength(1);
      expect(await pending({ readyBy: on.clock })).toHaveLength(2);
      expect(await pending({ runId: 'another' })).toEqual([]);
      expect(await pending({ namespace: 'another' })).toEqual([]);
      await on.claimOne({ kinds: ['a'] });
      expect(await pending()).toHaveLength(2);
    });

    it('dead letters come newest first, by run and kind', async () => {
      const { run } = await on.start('a', 'b');
      for (const claim of await on.claim(2)) await on.attempts.fail({ ...triple(claim), error: 'no' });
      const dead = async (more: object = {}) =>
        (await on.engine.queries.deadTasks({ kinds: [], limit: 9, offset: 0, ...more })).map(({ kind }) => kind);
      expect(await dead()).toEqual(['b', 'a']);
      expect(await dead({ offset: 1 })).toEqual(['a']);
      expect(await dead({ runId: run.id, kinds: ['b'] })).toEqual(['b']);
      expect(await dead({ namespace: 'another' })).toEqual([]);
    });

    it('events are read from the last one seen on, by run, type and namespace', async () => {
      const { run } = await on.start('a');
      await on.start('b');
      const filter = { after: 0, limit: 2, types: [], runId: run.id };
      // A transaction elsewhere in the same database may hold events back for a moment.
      let first = await on.engine.queries.events(filter);
      while (first.length < 2) first = await on.engine.queries.events(filter);
      expect(first.map(({ type }) => type)).toEqual(['run.created', 'task.enqueued']);
      expect(first[1]).toMatchObject({ runId: run.id, createdAt: on.clock, data: { kind: 'a' } });
      const after = first[0]!.id;
      expect(await on.engine.queries.events({ ...filter, after })).toEqual([first[1]]);
      expect(await on.engine.queries.events({ ...filter, types: ['run.created'] })).toEqual([first[0]]);
      expect(await on.engine.queries.events({ ...filter, namespace: 'another' })).toEqual([]);
    });

    it('a context given with a run is told of like every other', async () => {
      const run = await on.engine.runs.create({ context: { a: 1 } });
      expect(await on.under.eventsOf(run.id)).toEqual(['run.created', 'context.snapshot.created']);
    });

    it('whoever watches hears of a change when it is committed, and of no change that was not', async () => {
      const stirs: Stir[] = [];
      const engine = engineOver(
        watched(on.under.store, (stir) => stirs.push(stir)),
        (kind) => `${kind}_w${Math.random()}`,
      );
      const run = await engine.runs.create({});
      await engine.tasks.enqueue(run.id, [
        { kind: 'a', key: 'a' },
        { kind: 'b', dependsOnKeys: ['a'] },
      ]);
      await expect(engine.tasks.enqueue(run.id, [{ kind: 'c', dependsOnKeys: ['?'] }])).rejects.toThrow();
      const [held] = await engine.claims.claim({ workerId: 'w', leaseMs, limit: 1 });
      await engine.attempts.complete(triple(held!));
      expect(stirs.map(({ readyKinds }) => readyKinds)).toEqual([[], ['a'], [], ['b']]);
      expect(new Set(stirs.flatMap(({ runIds }) => runIds))).toEqual(new Set([run.id]));
    });

    it('answers that nobody asks for any more are forgotten, and a pruned run is not made again', async () => {
      const run = await on.engine.runs.create({ sealed: true, idempotencyKey: 'k' });
      on.clock += 1_000;
      expect(await on.engine.pruning.prune({ olderThan: on.clock, limit: 9 })).toEqual([run.id]);
      const again = () => on.engine.runs.create({ sealed: true, idempotencyKey: 'k' });
      await expect(again()).rejects.toMatchObject({ name: 'RecordNotFoundError', field: 'idempotencyKey' });
      on.clock += 8 * 86_400_000;
      await on.engine.sweep.run();
      expect((await again()).id).not.toBe(run.id);
      on.clock += 367 * 86_400_000;
      await on.engine.sweep.run();
      expect(await on.under.eventsOf(run.id)).toEqual([]);
    });

    it('what a person looks at: the last events, the newest first, what waits for an answer, and what tasks are called', async () => {
      const { run, tasks } = await on.start('ask', 'other', 'more');
      await on.engine.tasks.enqueue(run.id, [{ kind: 'nameless' }]);
      for (const reason of ['which?', 'no, which?']) {
        const [held] = await on.claim(1, 'w', { kinds: ['ask'] });
        await on.engine.attempts.pause({ ...triple(held!), status: 'waiting_input', reason });
        if (reason === 'which?') await on.engine.byHand.resume(tasks[0]!.id);
      }
      const [other] = await on.claim(1, 'w', { kinds: ['other'] });
      await on.engine.attempts.pause({ ...triple(other!), status: 'blocked' });
      const { queries } = on.engine;
      expect((await queries.pausedTasks(run.id, 9)).map(({ task, reason }) => [task.key, reason])).toEqual([
        ['ask', 'no, which?'],
        ['other', undefined],
      ]);
      expect(await queries.pausedTasks(run.id, 1)).toHaveLength(1);
      const all = await queries.events({ runId: run.id, types: [], after: 0, limit: 100 });
      expect(await queries.lastEvents(run.id, 3)).toEqual(all.slice(-3).reverse());
      const { items } = await queries.tasksOfRun(run.id, { after: 0, limit: 9 });
      expect([...(await queries.keysOf(items.map(({ id }) => id))).values()].sort()).toEqual(['ask', 'more', 'other']);
      expect((await queries.keysOf([])).size).toBe(0);
    });

    it('(4) where runs are sealed when they are idle: those that wait for nothing and that nobody adds to', async () => {
      const engine = engineOver(on.under.store, (kind) => `${kind}_i${Math.random()}`, 60_000);
      const empty = await engine.runs.create({});
      const { run: done } = await on.start('done');
      await engine.attempts.complete(triple(await on.claimOne()));
      const { run: waits } = await on.start('waits');
      const sealed = async () => {
        await engine.sweep.run();
        const runs = await Promise.all([empty, done, waits].map(({ id }) => engine.queries.run(id)));
        return runs.map((run) => [run!.sealed, run!.status]);
      };
      expect(await sealed()).toEqual([
        [false, 'pending'],
        [false, 'completed'],
        [false, 'pending'],
      ]);
      on.clock += 59_999;
      await engine.tasks.enqueue(done.id, [{ kind: 'later' }]);
      on.clock += 2;
      expect((await sealed()).map(([isSealed]) => isSealed)).toEqual([true, false, false]);
      await engine.attempts.complete(triple(await on.claimOne({ kinds: ['later'] })));
      await engine.sweep.run();
      on.clock += 60_001;
      expect(await sealed()).toEqual([
        [true, 'completed'],
        [true, 'completed'],
        [false, 'pending'],
      ]);
      await expect(engine.tasks.enqueue(done.id, [{ kind: 'x' }])).rejects.toMatchObject({ name: 'RunTerminalError' });
      expect(await on.under.eventsOf(empty.id)).toEqual(['run.created', 'run.sealed', 'run.status.changed']);
    });

    it('an id that two callers chose at once is given to one of them', async () => {
      const calls = Array.from({ length: 8 }, (_, i) => on.engine.runs.create({ id: 'mine', metadata: { i } }));
      const results = await Promise.allSettled(calls);
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const result of results)
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ name: 'ValidationError', field: 'id' });
      const runs = await Promise.all(Array.from({ length: 8 }, () => on.engine.runs.create({})));
      const tasks = await Promise.allSettled(
        runs.map(({ id }) => on.engine.tasks.enqueue(id, [{ kind: 'a', id: 'mine' }])),
      );
      expect(tasks.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const result of tasks)
        if (result.status === 'rejected') expect(result.reason).toMatchObject({ name: 'ValidationError', field: 'id' });
    });
  });
}

import { leaseMs, StoreScenario, triple, type OpenStore } from './store.scenario.contract';

type Row = [number: number, what: string, test: (on: StoreScenario) => Promise<void>];

const maxOnce = { maxAttempts: 1 };

/** One row for each place where other engines of this kind go wrong; those of several processes, HTTP and docs are tested there. */
const rows: Row[] = [
  [
    1,
    'a failed dependency skips its dependents, and theirs, and the run ends',
    async (on) => {
      const run = await on.engine.runs.create({});
      const [, b, c] = await on.engine.tasks.enqueue(run.id, [
        { kind: 'a', key: 'a' },
        { kind: 'b', key: 'b', dependsOnKeys: ['a'] },
        { kind: 'c', dependsOnKeys: ['b'] },
      ]);
      await on.attempts.fail({ ...triple(await on.claimOne()), error: 'no' });
      expect([(await on.task(b!.id)).status, (await on.task(c!.id)).status]).toEqual(['skipped', 'skipped']);
      expect(await on.statusOf(run.id)).toBe('failed');
    },
  ],
  [
    1,
    'a dependent that says so fails with its dependency, and is a dead letter',
    async (on) => {
      const run = await on.engine.runs.create({});
      const [, b] = await on.engine.tasks.enqueue(run.id, [
        { kind: 'a', key: 'a' },
        { kind: 'b', dependsOnKeys: ['a'], onDependencyFailure: 'fail' },
      ]);
      await on.attempts.fail({ ...triple(await on.claimOne()), error: 'no' });
      expect(await on.task(b!.id)).toMatchObject({
        status: 'failed',
        dead: true,
        error: { name: 'DependencyFailedError' },
      });
      expect(await on.statusOf(run.id)).toBe('failed');
    },
  ],
  [
    1,
    'a dependent that says so runs all the same, whatever became of its dependencies',
    async (on) => {
      const run = await on.engine.runs.create({});
      await on.engine.tasks.enqueue(run.id, [
        { kind: 'a', key: 'a' },
        { kind: 'skipped', key: 's', dependsOnKeys: ['a'] },
        { kind: 'cleanup', dependsOnKeys: ['a', 's'], onDependencyFailure: 'run' },
      ]);
      await on.attempts.fail({ ...triple(await on.claimOne()), error: 'no' });
      await on.attempts.complete(triple(await on.claimOne({ kinds: ['cleanup'] })));
      expect(await on.statusOf(run.id)).toBe('failed');
    },
  ],
  [
    2,
    'a release costs no attempt, however often',
    async (on) => {
      const { run } = await on.start();
      await on.engine.tasks.enqueue(run.id, [{ kind: 'a', ...maxOnce }]);
      for (let i = 0; i < 5; i++) await on.attempts.release(triple(await on.claimOne()));
      const done = await on.attempts.complete(triple(await on.claimOne()));
      expect(done).toMatchObject({ status: 'completed', attemptCount: 1, claimCount: 6 });
    },
  ],
  [
    3,
    'a question costs no attempt: a task with one goes on after three',
    async (on) => {
      const { run } = await on.start();
      await on.engine.tasks.enqueue(run.id, [{ kind: 'a', ...maxOnce }]);
      for (const status of ['waiting_input', 'blocked', 'waiting_input'] as const) {
        const { id } = await on.attempts.pause({ ...triple(await on.claimOne()), status });
        await on.engine.byHand.resume(id);
      }
      expect(await on.attempts.complete(triple(await on.claimOne()))).toMatchObject({ attemptCount: 1 });
    },
  ],
  [
    4,
    'an unsealed run shows its outcome and opens again; a sealed one takes no more',
    async (on) => {
      const { run } = await on.start('a');
      await on.attempts.complete(triple(await on.claimOne()));
      expect(await on.statusOf(run.id)).toBe('completed');
      await on.engine.tasks.enqueue(run.id, [{ kind: 'b' }]);
      expect(await on.statusOf(run.id)).toBe('active');
      await on.engine.runs.seal(run.id);
      await expect(on.engine.tasks.enqueue(run.id, [{ kind: 'c' }])).rejects.toMatchObject({
        name: 'RunTerminalError',
      });
    },
  ],
  [
    5,
    "leases expire by the server's clock: a later time of the caller counts for nothing, an earlier one bounds",
    async (on) => {
      const { tasks } = await on.start('a', 'b');
      await on.claimOne();
      on.clock += 1_000;
      await on.claimOne();
      expect(await on.engine.sweep.expire(on.clock + 10 * leaseMs)).toEqual([]);
      on.clock += leaseMs;
      expect(await on.engine.sweep.expire(on.clock - 1_000)).toEqual([tasks[0]!.id]);
      expect(await on.engine.sweep.expire()).toEqual([tasks[1]!.id]);
    },
  ],
  [
    6,
    'live runs are not pruned, whoever asks; of a pruned one a note is left, and nothing else',
    async (on) => {
      const live = await on.start('a');
      const held = await on.claimOne();
      const over = await on.engine.runs.create({ context: { a: 1 } });
      await on.engine.tasks.enqueue(over.id, [{ kind: 'b' }, { kind: 'c', key: 'c' }]);
      for (const claim of await on.claim(2)) await on.attempts.complete(triple(claim));
      await on.engine.sweep.run();
      on.clock += 1_000;
      const order = { olderThan: on.clock + 1_000_000, limit: 500 };
      await expect(on.engine.pruning.prune({ ...order, statuses: ['active'] })).rejects.toMatchObject({
        field: 'statuses',
      });
      expect(await on.engine.pruning.prune(order)).toEqual([over.id]);
      expect(await on.engine.queries.run(over.id)).toBeUndefined();
      expect(await on.under.eventsOf(over.id)).toEqual(['run.pruned']);
      expect((await on.attempts.complete(triple(held))).runId).toBe(live.run.id);
    },
  ],
  [
    6,
    'a run that came to life again is not pruned, though its status was not noted yet',
    async (on) => {
      const { run, tasks } = await on.start('a');
      await on.attempts.fail({ ...triple(await on.claimOne()), error: 'no' });
      expect(await on.statusOf(run.id)).toBe('failed');
      await on.engine.byHand.requeue(tasks[0]!.id);
      on.clock += 1_000;
      expect(await on.engine.pruning.prune({ olderThan: on.clock, limit: 500 })).toEqual([]);
    },
  ],
  [
    8,
    'a heartbeat keeps the length that was asked for at the claim',
    async (on) => {
      await on.start('a');
      const held = await on.claimOne({ leaseMs: 300_000 });
      on.clock += 200_000;
      expect((await on.attempts.heartbeat(triple(held))).expiresAt).toBe(on.clock + 300_000);
      on.clock += 299_999;
      expect((await on.engine.sweep.run()).expiredTaskIds).toEqual([]);
      expect((await on.attempts.heartbeat({ ...triple(held), leaseMs: 1_000 })).lengthMs).toBe(1_000);
    },
  ],
  [
    9,
    'a timeout is an attempt like another: it is retried, and then it is a dead letter',
    async (on) => {
      const { run } = await on.start();
      const [task] = await on.engine.tasks.enqueue(run.id, [{ kind: 'a', timeoutMs: 5_000, maxAttempts: 2 }]);
      for (const status of ['queued', 'failed']) {
        const held = await on.claimOne();
        await on.attempts.heartbeat(triple(held));
        on.clock += 5_000;
        await on.engine.sweep.run();
        expect((await on.task(task!.id)).status).toBe(status);
      }
      expect(await on.task(task!.id)).toMatchObject({ dead: true, error: { name: 'TaskTimeoutError' } });
    },
  ],
  [
    10,
    'a failure is retried while attempts remain, then it is a dead letter that can be requeued',
    async (on) => {
      const { run } = await on.start();
      await on.engine.tasks.enqueue(run.id, [{ kind: 'a', maxAttempts: 3 }]);
      for (const status of ['queued', 'queued', 'failed'])
        expect((await on.attempts.fail({ ...triple(await on.claimOne()), error: 'no' })).status).toBe(status);
      const [dead] = await on.engine.queries.deadTasks({ kinds: [], limit: 9, offset: 0 });
      expect((await on.engine.byHand.requeue(dead!.id)).attemptCount).toBe(0);
      await on.attempts.complete(triple(await on.claimOne()));
      expect(await on.statusOf(run.id)).toBe('completed');
    },
  ],
  [
    10,
    'a failure that the worker calls final is final, and still no dead end',
    async (on) => {
      const { run } = await on.start();
      await on.engine.tasks.enqueue(run.id, [{ kind: 'a', maxAttempts: 3 }]);
      const task = await on.attempts.fail({ ...triple(await on.claimOne()), error: 'no', retryable: false });
      expect(task).toMatchObject({ status: 'failed', dead: true, attemptCount: 1 });
      await on.engine.byHand.requeue(task.id, { resetAttempts: false });
      expect((await on.claimOne()).task.id).toBe(task.id);
    },
  ],
  [
    11,
    'a change costs as many statements in a run of 2,000 tasks as in one of ten',
    async (on) => {
      const cost = async (size: number) => {
        const { run } = await on.start();
        await on.engine.tasks.enqueue(
          run.id,
          Array.from({ length: size }, () => ({ kind: `k${size}` })),
        );
        await on.engine.sweep.run();
        const before = on.under.statements();
        await on.engine.tasks.enqueue(run.id, [{ kind: `k${size}` }]);
        const held = await on.claimOne({ kinds: [`k${size}`] });
        await on.attempts.markRunning(triple(held));
        await on.attempts.complete(triple(held));
        await on.engine.sweep.run();
        return on.under.statements() - before;
      };
      const small = await cost(10);
      expect(small).toBeGreaterThan(0);
      expect(await cost(2_000)).toBe(small);
    },
  ],
  [
    12,
    'claims go by kind, namespace and priority, and turn about between runs',
    async (on) => {
      const { engine } = on;
      const other = await engine.runs.create({ namespace: 'other' });
      await engine.tasks.enqueue(other.id, [{ kind: 'x' }]);
      const large = await engine.runs.create({});
      await engine.tasks.enqueue(
        large.id,
        Array.from({ length: 20 }, () => ({ kind: 'work' })),
      );
      const small = await engine.runs.create({});
      await engine.tasks.enqueue(small.id, [{ kind: 'work' }, { kind: 'work' }, { kind: 'urgent', priority: 9 }]);
      expect((await on.claim(9, 'w', { namespace: 'other' })).map(({ run }) => run.id)).toEqual([other.id]);
      expect(await on.claim(1, 'w', { kinds: ['nothing'] })).toEqual([]);
      const claims = await on.claim(6, 'w', { kinds: ['urgent', 'work'] });
      expect(claims[0]!.task.kind).toBe('urgent');
      expect(claims.filter(({ run }) => run.id === small.id)).toHaveLength(3);
    },
  ],
  [
    12,
    'a claim costs as many statements behind 1,000 blocked tasks as behind none',
    async (on) => {
      const { run } = await on.start('root');
      const cost = async () => {
        await on.engine.tasks.enqueue(run.id, [{ kind: 'free' }]);
        const before = on.under.statements();
        await on.claimOne({ kinds: ['free'] });
        return on.under.statements() - before;
      };
      await cost();
      const alone = await cost();
      await on.engine.tasks.enqueue(
        run.id,
        Array.from({ length: 1_000 }, () => ({ kind: 'free', dependsOnKeys: ['root'] })),
      );
      expect(await cost()).toBe(alone);
    },
  ],
  [
    13,
    'a cancel ends what is open, with an event for each task, and leaves an outcome as it is',
    async (on) => {
      const { run } = await on.start('a', 'b', 'c');
      const held = await on.claimOne();
      await on.engine.runs.cancel(run.id, 'enough');
      expect(await on.statusOf(run.id)).toBe('cancelled');
      expect((await on.under.eventsOf(run.id)).filter((type) => type === 'task.cancelled')).toHaveLength(3);
      await expect(on.attempts.complete(triple(held))).rejects.toMatchObject({ name: 'LeaseConflictError' });
      const done = await on.start('a');
      await on.attempts.complete(triple(await on.claimOne()));
      await on.engine.runs.cancel(done.run.id);
      expect(await on.statusOf(done.run.id)).toBe('completed');
    },
  ],
  [
    14,
    "a token brings a worker its claim again, and nobody else's",
    async (on) => {
      await on.start('a');
      const [first] = await on.claim(1, 'w1', { clientToken: 't' });
      expect(await on.claim(1, 'w2', { clientToken: 't' })).toEqual([]);
      expect((await on.claim(1, 'w1', { clientToken: 't' }))[0]).toEqual(first);
    },
  ],
  [
    15,
    'contexts of two workers are joined where they differ and refused where they clash',
    async (on) => {
      const run = await on.engine.runs.create({ context: { a: 0, b: 0 } });
      await on.engine.tasks.enqueue(run.id, [{ kind: 'x' }, { kind: 'y' }, { kind: 'z' }]);
      const [x, y, z] = await on.claim(3);
      await on.attempts.complete({ ...triple(x!), nextContext: { a: 1, b: 0 } });
      await on.attempts.complete({ ...triple(y!), nextContext: { a: 0, b: 2 } });
      expect((await on.engine.queries.currentSnapshot(run.id))!.payload).toEqual({ a: 1, b: 2 });
      const clash = on.attempts.complete({ ...triple(z!), nextContext: { a: 9, b: 0 } });
      await expect(clash).rejects.toMatchObject({ name: 'ContextConflictError' });
      expect((await on.task(z!.task.id)).status).toBe('leased');
    },
  ],
  [
    15,
    'ids of another run are refused, and every snapshot can be read by its id and listed',
    async (on) => {
      const mine = await on.engine.runs.create({ context: { a: 0 } });
      const other = await on.engine.runs.create({ context: { secret: 1 } });
      const [foreign] = await on.engine.tasks.enqueue(other.id, [{ kind: 'x' }]);
      const orders = [
        on.engine.contexts.append({ runId: mine.id, payload: {}, parentSnapshotId: other.currentContextSnapshotId! }),
        on.engine.contexts.append({ runId: mine.id, payload: {}, taskId: foreign!.id }),
        on.engine.tasks.enqueue(mine.id, [{ kind: 'x', contextSnapshotId: other.currentContextSnapshotId! }]),
        on.engine.tasks.enqueue(mine.id, [{ kind: 'x', dependsOnTaskIds: [foreign!.id] }]),
      ];
      for (const order of orders) await expect(order).rejects.toMatchObject({ name: 'ValidationError' });
      const made = await on.engine.contexts.append({ runId: mine.id, payload: { a: 1 }, label: 'second' });
      expect(await on.engine.queries.snapshot(made.id)).toEqual(made);
      const first = await on.engine.queries.snapshotsOfRun(mine.id, { after: 0, limit: 1 });
      const rest = await on.engine.queries.snapshotsOfRun(mine.id, { after: first.next!, limit: 9 });
      expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual([mine.currentContextSnapshotId, made.id]);
      expect(rest.next).toBeUndefined();
    },
  ],
];

export function describeSemantics(open: OpenStore): void {
  describe('where others are wrong', () => {
    let on: StoreScenario;
    beforeEach(async () => {
      on = new StoreScenario();
      await on.open(open);
    });
    afterEach(() => on.under.store.close());
    it.each(rows)('(%i) %s', (_, __, test) => test(on));
  });
}

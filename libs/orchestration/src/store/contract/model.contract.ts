import fc from 'fast-check';
import { isHeld } from '../../model/task';
import type { Claim } from '../../engine/claim.commands';
import { RunModel, type ModelTask } from './run.model.contract';
import { leaseMs, StoreScenario, triple, type OpenStore } from './store.scenario.contract';

const pick = fc.nat({ max: 999 });
const newTask = fc.record({
  kind: fc.constantFrom('a', 'b'),
  priority: fc.nat({ max: 2 }),
  maxAttempts: fc.constantFrom(null, null, 1, 2),
  retryDelayMs: fc.constantFrom(null, null, 1_000),
  policy: fc.constantFrom('skip' as const, 'fail' as const, 'run' as const),
  waitsFor: fc.array(pick, { maxLength: 3 }),
});

/** Whom a command is about is a number, of which the remainder counts among those there are at that moment. */
const command = fc.oneof(
  { weight: 1, arbitrary: fc.record({ do: fc.constant('create' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('enqueue' as const),
      run: pick,
      tasks: fc.array(newTask, { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('claim' as const),
      limit: fc.integer({ min: 1, max: 3 }),
      kinds: fc.constantFrom<string[]>([], [], ['a'], ['a', 'b']),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('complete', 'fail', 'fail for good', 'release', 'block', 'ask', 'run', 'beat' as const),
      claim: pick,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('resume', 'requeue' as const), task: pick }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('wait', 'wait and sweep' as const),
      ms: fc.constantFrom(500, 5_000, leaseMs),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('seal', 'cancel' as const), run: pick }) },
);
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

/** Random commands, and the same to a simple model: after each, every task and run must be what the model says. */
export function describeModel(open: OpenStore, numRuns: number): void {
  it(`${numRuns} random stories end as a simple model of them does`, async () => {
    const on = new StoreScenario();
    await on.open(open);
    let stories = 0;
    const property = fc.asyncProperty(
      fc.array(command, { minLength: 5, maxLength: 40, size: 'max' }),
      async (commands) => {
        const story = new Story(on, `story ${++stories}`);
        for (const each of commands) await story.tell(each);
        await story.end();
      },
    );
    try {
      await fc.assert(property, { numRuns });
    } finally {
      await on.under.store.close();
    }
  }, 300_000);
}

class Story {
  private readonly model = new RunModel();
  /** Every claim ever given, so that leases that are over are tried, too. */
  private readonly claims: Claim[] = [];

  constructor(
    private readonly on: StoreScenario,
    private readonly namespace: string,
  ) {}

  async tell(command: Command): Promise<void> {
    await this.carryOut(command);
    await this.compare(command);
  }

  /** Nothing is stuck: with workers who finish and people who answer, every run ends. */
  async end(): Promise<void> {
    const { engine } = this.on;
    for (const runId of this.model.runs.keys()) await engine.runs.seal(runId);
    for (let round = 0; ; round++) {
      expect(round).toBeLessThan(500);
      this.on.clock += leaseMs;
      await engine.sweep.run();
      for (const { id, status } of await this.open())
        if (status === 'blocked' || status === 'waiting_input') await engine.byHand.resume(id);
      const claims = await this.claimed(100, []);
      for (const claim of claims) await engine.attempts.complete(triple(claim));
      if (claims.length === 0 && (await this.open()).length === 0) break;
    }
    for (const runId of this.model.runs.keys())
      expect(['completed', 'failed', 'cancelled']).toContain((await engine.queries.run(runId))!.status);
  }

  private async carryOut(command: Command): Promise<void> {
    const { on, model } = this;
    const { engine } = on;
    switch (command.do) {
      case 'create':
        return model.create((await engine.runs.create({ namespace: this.namespace })).id);
      case 'enqueue':
        return this.enqueue(command);
      case 'claim':
        return this.claim(command);
      case 'resume': {
        const task = at([...model.tasks.values()], command.task);
        if (!task) return;
        const isPaused = ['blocked', 'waiting_input'].includes(task.status);
        await refusedUnless(isPaused, engine.byHand.resume(task.id));
        if (isPaused) Object.assign(task, { status: 'queued', notBefore: 0 });
        return;
      }
      case 'requeue': {
        const task = at([...model.tasks.values()], command.task);
        if (!task) return;
        const isDead = task.dead && !model.runs.get(task.runId)!.cancelled;
        await refusedUnless(isDead, engine.byHand.requeue(task.id));
        if (isDead) model.requeue(task.id);
        return;
      }
      case 'seal':
      case 'cancel': {
        const runId = at([...model.runs.keys()], command.run);
        if (runId === undefined) return;
        await engine.runs[command.do](runId);
        if (command.do === 'cancel') model.cancel(runId);
        else model.runs.get(runId)!.sealed = true;
        return;
      }
      case 'wait':
      case 'wait and sweep': {
        on.clock += command.ms;
        if (command.do === 'wait') return;
        await engine.sweep.run();
        return model.expire(on.clock);
      }
      default:
        return this.work(command);
    }
  }

  private async enqueue(command: Extract<Command, { do: 'enqueue' }>): Promise<void> {
    const { model, on } = this;
    const runId = at([...model.runs.keys()], command.run);
    if (runId === undefined) return;
    const { sealed, cancelled } = model.runs.get(runId)!;
    const names: string[] = model.tasksOf(runId).map(({ id }) => id);
    const tasks = command.tasks.map(({ waitsFor, ...task }, i): ModelTask => {
      const id = `${runId} ${names.length}.${i}`;
      const dependencies = new Set(waitsFor.flatMap((number) => at(names, number) ?? []));
      names.push(id);
      const fresh = { status: 'queued', attempts: 0, notBefore: 0, expiresAt: 0, dead: false };
      return { ...task, ...fresh, id, runId, waitsFor: dependencies };
    });
    const orders = tasks.map(({ id, kind, priority, maxAttempts, retryDelayMs, policy, waitsFor }) => ({
      id,
      kind,
      priority,
      ...(maxAttempts !== null && { maxAttempts }),
      ...(retryDelayMs !== null && { retry: { delayMs: retryDelayMs } }),
      dependsOnTaskIds: [...waitsFor],
      onDependencyFailure: policy,
    }));
    await refusedUnless(!sealed && !cancelled, on.engine.tasks.enqueue(runId, orders));
    if (!sealed && !cancelled) model.enqueue(tasks);
  }

  private async claim({ limit, kinds }: Extract<Command, { do: 'claim' }>): Promise<void> {
    const ready = this.model.ready(this.on.clock, kinds);
    const claims = await this.claimed(limit, kinds);
    const ids = claims.map(({ task }) => task.id);
    expect(new Set(ids).size).toBe(Math.min(limit, ready.length));
    expect(ready.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
    const highest = ready.map(({ priority }) => priority).sort((a, b) => b - a);
    expect(claims.map(({ task }) => task.priority)).toEqual(highest.slice(0, ids.length));
    for (const id of ids) this.model.claim(id, this.on.clock + leaseMs);
    this.claims.push(...claims);
  }

  private async work(command: Extract<Command, { claim: number }>): Promise<void> {
    const { engine, clock } = this.on;
    const claim = at(this.claims, command.claim);
    if (!claim) return;
    const task = this.model.tasks.get(claim.task.id)!;
    const isLast = this.claims.findLast((other) => other.task.id === task.id) === claim;
    const holds = isLast && isHeld(task.status as never) && task.expiresAt > clock;
    const by = triple(claim);
    const { attempts } = engine;
    const told = {
      complete: () => attempts.complete(by),
      fail: () => attempts.fail({ ...by, error: 'no' }),
      'fail for good': () => attempts.fail({ ...by, error: 'no', retryable: false }),
      release: () => attempts.release(by),
      block: () => attempts.pause({ ...by, status: 'blocked' }),
      ask: () => attempts.pause({ ...by, status: 'waiting_input' }),
      run: () => attempts.markRunning(by),
      beat: () => attempts.heartbeat(by),
    }[command.do]();
    await refusedUnless(holds, told);
    if (!holds) return;
    if (command.do === 'complete') this.model.end(task, 'completed');
    if (command.do === 'fail') this.model.fail(task.id, clock, true, true);
    if (command.do === 'fail for good') this.model.fail(task.id, clock, false, true);
    if (command.do === 'release') this.model.giveBack(task.id, 'queued');
    if (command.do === 'block') this.model.giveBack(task.id, 'blocked');
    if (command.do === 'ask') this.model.giveBack(task.id, 'waiting_input');
    if (command.do === 'run') task.status = 'running';
    if (command.do === 'beat') task.expiresAt = Math.max(task.expiresAt, clock + leaseMs);
  }

  private async compare(after: Command): Promise<void> {
    const { engine } = this.on;
    const context = { after };
    for (const runId of this.model.runs.keys()) {
      const { items } = await engine.queries.tasksOfRun(runId, { after: 0, limit: 1_000 });
      const actual = items.map(({ id, status, attemptCount, dead, unmetDependencies }) => {
        const waits = status === 'queued' ? unmetDependencies : 0;
        return { id, status, attempts: attemptCount, dead, waits };
      });
      const expected = this.model.tasksOf(runId).map(({ id, status, attempts, dead, waitsFor }) => {
        const waits = status === 'queued' ? waitsFor.size : 0;
        return { id, status, attempts, dead, waits };
      });
      expect({ context, tasks: actual }).toEqual({ context, tasks: expected });
      const status = (await engine.queries.run(runId))!.status;
      expect({ context, status }).toEqual({ context, status: this.model.statusOf(runId) });
    }
  }

  private claimed(limit: number, kinds: string[]): Promise<Claim[]> {
    return this.on.claim(limit, 'w', { kinds, namespace: this.namespace });
  }

  private async open() {
    const ended = ['completed', 'failed', 'cancelled', 'skipped'];
    const parts = [...this.model.runs.keys()].map((runId) =>
      this.on.engine.queries.tasksOfRun(runId, { after: 0, limit: 1_000 }),
    );
    return (await Promise.all(parts)).flatMap(({ items }) => items.filter(({ status }) => !ended.includes(status)));
  }
}

const at = <T>(items: readonly T[], number: number): T | undefined => items[number % items.length];

/** A refusal has one of the engine's names; anything else that is thrown is a fault. */
async function refusedUnless(allowed: boolean, call: Promise<unknown>): Promise<void> {
  if (allowed) return void (await call);
  await expect(call).rejects.toMatchObject({
    name: expect.stringMatching(/^(InvalidTransition|LeaseConflict|LeaseExpired|RunTerminal)Error$/),
  });
}

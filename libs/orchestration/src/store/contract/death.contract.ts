import { canMove } from '../../task/task.transitions';
import { isEnd } from '../../model/task';
import type { OrchestrationEngine } from '../../engine/orchestration.engine';
import type { OrchestrationStore } from '../orchestration.store';
import { engineOver, leaseMs, triple } from './store.scenario.contract';

/** A store that can be opened anew over what an earlier one left, as a process that is started again does. */
export interface MortalStore {
  /** `onStatement` is called before and after each statement; what it throws is the death of that store. */
  open(now: () => number, onStatement?: (sql: string, when: 'before' | 'after') => void): Promise<OrchestrationStore>;
  /** Lets go of a store that died, without another word to its database. */
  bury(store: OrchestrationStore): Promise<void>;
}

export class Death extends Error {}

/** Names of one telling: many are told over one database, one after the other. */
interface Names {
  readonly run: string;
  task(letter: string): string;
}

type Step = (engine: OrchestrationEngine, told: Told, names: Names) => Promise<void>;

/** What was acknowledged: ids of tasks by how the caller was told they are. */
type Told = Map<string, string>;

/** One call each, of every kind that changes something. */
const steps: Step[] = [
  async (engine, _, { run }) =>
    void (await engine.runs.create({ id: run, namespace: run, context: { a: 0 }, idempotencyKey: 'k' })),
  async (engine, told, { run, task }) => {
    const orders = [
      { kind: 'a', id: task('a'), key: 'a', maxAttempts: 5 },
      { kind: 'b', id: task('b'), dependsOnKeys: ['a'] },
      { kind: 'c', id: task('c'), dependsOnKeys: ['a'], onDependencyFailure: 'run' as const },
      ...['d', 'e', 'f'].map((kind) => ({ kind, id: task(kind) })),
    ];
    for (const { id, status } of await engine.tasks.enqueue(run, orders, 'k')) told.set(id, status);
  },
  withClaim('a', (engine, by) => engine.attempts.markRunning(by)),
  withClaim('d', (engine, by) =>
    engine.attempts.complete({ ...by, output: 1, nextContext: { a: 1 }, clientToken: 't' }),
  ),
  withClaim('e', (engine, by) => engine.attempts.fail({ ...by, error: 'no' })),
  withClaim('f', (engine, by) => engine.attempts.pause({ ...by, status: 'waiting_input' })),
  async (engine, told, { task }) => note(told, await engine.byHand.resume(task('f'), 'yes')),
  async (engine, told, { task }) => note(told, await engine.byHand.requeue(task('e'))),
  withClaim('f', async (engine, by) => {
    await engine.attempts.heartbeat(by);
    return engine.attempts.release(by);
  }),
  async (engine, _, { run }) => void (await engine.contexts.append({ runId: run, payload: { b: 1 } })),
  async (engine) => void (await engine.sweep.run()),
  async (engine, _, { run }) => void (await engine.runs.seal(run)),
];

/** Claims by kind and does one thing; told again after a death it finds the task held by the dead, and leaves it. */
function withClaim(
  kind: string,
  work: (engine: OrchestrationEngine, by: ReturnType<typeof triple>) => Promise<Noted>,
): Step {
  return async (engine, told, { run }) => {
    const order = { workerId: 'w', leaseMs, limit: 1, kinds: [kind], namespace: run };
    const [claim] = await engine.claims.claim(order);
    if (!claim) return;
    note(told, claim.task);
    note(told, await work(engine, triple(claim)));
  };
}

type Noted = { readonly id: string; readonly status: string };
const note = (told: Told, { id, status }: Noted): void => void told.set(id, status);

/**
 * Tells the same story again and again, and kills the store before and after each statement in turn; a first telling without a death
 * finds out which those are. A statement that several calls send is tried with the first of them, and the commit of each call. After each death the store is opened anew: everything that was acknowledged must be there, and the story, told again from
 * the call that was cut, must come to its end.
 */
export function describeDeath(
  name: string,
  start: () => Promise<MortalStore>,
  isTried: (place: string) => boolean = () => true,
): void {
  it(`${name}: a death before or after any statement loses nothing acknowledged and leaves nothing stuck`, async () => {
    const places = await oneTelling(await start(), 0);
    const points = [...new Set(places)].filter(isTried).map((place) => places.indexOf(place) + 1);
    // Fewer would mean that the watch does not see the statements.
    expect(points.length).toBeGreaterThan(steps.length * 2);
    for (const point of points) await oneTelling(await start(), point);
  }, 300_000);
}

/** Answers the places it came by. `deathAt` counts them from 1; 0: nobody dies. */
async function oneTelling(mortal: MortalStore, deathAt: number): Promise<string[]> {
  let clock = Date.UTC(2026, 0, 1);
  const now = () => clock;
  const places: string[] = [];
  let next = 0;
  let isDead = false;
  let ids = 0;
  const newId = (kind: string) => `${kind}_${deathAt}_${++ids}`;
  const doomed = await mortal.open(now, (sql, when) => {
    places.push(`${/^commit/i.test(sql) ? `in step ${next}, ` : ''}${when} ${sql}`);
    isDead ||= places.length === deathAt;
    if (isDead) throw new Death(places.at(-1));
  });
  const names: Names = { run: `run ${deathAt}`, task: (letter) => `${letter} ${deathAt}` };
  const told: Told = new Map();
  try {
    for (const step of steps) {
      await step(engineOver(doomed, newId), told, names);
      next++;
    }
  } catch (error) {
    if (!isDead) throw error;
  }
  if (isDead) await mortal.bury(doomed);
  else await doomed.close();
  const store = await mortal.open(now);
  try {
    await nothingLost(store, told);
    // Leases of the dead end; the rest of the story is told to the end, from the call that was cut.
    clock += leaseMs;
    const engine = engineOver(store, newId);
    await engine.sweep.run();
    for (const step of steps.slice(next)) await step(engine, new Map(), names).catch(refusedAsDone);
    await toTheEnd(engine, names, () => (clock += leaseMs));
  } finally {
    await store.close();
  }
  return places;
}

/** A task is as its caller was told, or where the call that was cut, whose outcome nobody knows, has taken it. */
async function nothingLost(store: OrchestrationStore, told: Told): Promise<void> {
  for (const [id, status] of told) {
    const actual = (await store.read.task(id))?.status;
    const isThere = actual === status || (actual !== undefined && canMove(status as never, actual));
    expect({ id, status, actual, isThere }).toMatchObject({ isThere: true });
  }
}

async function toTheEnd(engine: OrchestrationEngine, { run, task }: Names, wait: () => void): Promise<void> {
  const tasks = async () => (await engine.queries.tasksOfRun(run, { after: 0, limit: 100 })).items;
  const open = async () => (await tasks()).filter(({ status }) => !isEnd(status));
  for (let round = 0; (await open()).length > 0; round++) {
    expect({ run, isStuck: round > 50 }).toEqual({ run, isStuck: false });
    for (const { id, status } of await open()) if (status === 'waiting_input') await engine.byHand.resume(id);
    const claims = await engine.claims.claim({ workerId: 'x', leaseMs, limit: 9, namespace: run });
    for (const claim of claims) await engine.attempts.complete(triple(claim));
    wait();
    await engine.sweep.run();
  }
  const { status, sealed } = (await engine.queries.run(run))!;
  expect({ run, status, sealed }).toEqual({ run, status: 'completed', sealed: true });
  expect((await tasks()).map(({ id }) => id).sort()).toEqual(['a', 'b', 'c', 'd', 'e', 'f'].map(task));
}

/** The call had been carried out although its caller never heard of it. */
function refusedAsDone(error: { name?: string }): void {
  if (!['InvalidTransitionError', 'ValidationError'].includes(String(error.name))) throw error;
}

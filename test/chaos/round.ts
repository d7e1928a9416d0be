import { setTimeout as sleep } from 'node:timers/promises';
import type { House } from './house';
import type { FaultAccount, GroupAccount, Ledger, LogAccount, PollAccount, ReaderAccount } from './ledger';
import { createGroup, repeatCreate, type GroupOrder } from './participants/group.client';
import { ProgressWatch } from './participants/progress.watch';
import { ResultPoller } from './participants/result.poller';
import { StreamReader, type ReaderHabits } from './participants/stream.reader';
import { ToldFrames } from './participants/told.frames';
import { firstUnprojected } from './progress';
import type { Random } from './random';
import { until } from './waiting';

export interface PlannedGroup {
  readonly afterMs: number;
  readonly rows: number;
  readonly readers: number;
  /** ms between two reads of the whole result; 0: nobody reads it. */
  readonly pollMs: number;
  /** The client calls again after it has been answered. */
  readonly repeated: boolean;
  /** How its readers behave; unless told otherwise some come late and some leave now and then. */
  readonly habits?: (number: number) => ReaderHabits;
}

export interface RoundPlan {
  readonly name: string;
  readonly random: Random;
  readonly groups: readonly PlannedGroup[];
  /** Creates under way at once. */
  readonly clients: number;
  /** What is done to the product meanwhile. */
  readonly disturb: (house: House, progress: RoundProgress) => Promise<readonly FaultAccount[]>;
  readonly deadlineMs: number;
}

/** What a disturbance may know of the round. */
export interface RoundProgress {
  readonly startedAt: number;
  /** Of the log before the round. */
  readonly firstSeq: number;
  /** Aborted when every group is done. */
  readonly over: AbortSignal;
  readonly groups: readonly GroupAccount[];
}

export interface RoundResult {
  readonly ledger: Ledger;
  /** From the first call to the last group done, its readers and its receiver told. */
  readonly tookMs: number;
  /** What the round waited for in vain. */
  readonly failure: string | undefined;
}

/** Creates groups, lets everybody watch them, disturbs, waits for the end and collects every account. */
export async function runRound(house: House, plan: RoundPlan): Promise<RoundResult> {
  const firstSeq = (await house.log.lastSeq()) + 1;
  const startedAt = Date.now();
  const deadline = startedAt + plan.deadlineMs;
  const over = new AbortController();
  const groups: GroupAccount[] = [];
  const watchers: Watcher[] = [];
  const failures: string[] = [];
  const watch = new ProgressWatch(house.tables);
  const note = (error: unknown) => void failures.push((error as Error).message);

  const progress = { startedAt, firstSeq, over: over.signal, groups };
  const disturbed = plan.disturb(house, progress).catch((error: unknown) => (note(error), []));
  const creations = forEachAtOnce(plan.groups, plan.clients, async (planned, number) => {
    await sleep(Math.max(0, startedAt + planned.afterMs - Date.now()));
    const order = orderOf(plan, number, planned, house.receiver.url);
    const group = await createGroup(house.product.origin, order, deadline);
    groups.push(group);
    watchers.push(new Watcher(group, planned, plan.random.fork(`readers of ${number}`)));
    if (planned.repeated) groups[groups.indexOf(group)] = await repeatCreate(house.product.origin, group, order);
  });
  await creations.catch(note);

  const ids = () => groups.map((group) => group.answers[0]!.id);
  const isDone = () => watchers.every((watcher) => watcher.done) && ids().every((id) => house.receiver.wasTold(id));
  await until('every group done, every reader and receiver told', isDone, { timeoutMs: deadline - Date.now() }).catch(
    note,
  );
  const tookMs = Date.now() - startedAt;
  over.abort();
  const faults = await disturbed;
  await Promise.all(watchers.map((watcher) => watcher.stop()));
  const log = await settled(house, firstSeq, ids())
    .catch(async (error: unknown) => {
      note(error);
      return house.log.account(firstSeq);
    })
    .finally(() => watch.close());
  const ledger: Ledger = {
    groups,
    faults,
    upstream: await house.emulator.account(startedAt, new Map(groups.map((g) => [g.answers[0]!.id, g.apiKey]))),
    readers: watchers.flatMap((watcher) => watcher.readers),
    deliveries: house.receiver.deliveries(new Set(ids())),
    polls: watchers.flatMap((watcher) => watcher.polls),
    log,
    tables: await house.tables.account(ids()),
    progress: watch.looks,
  };
  return { ledger, tookMs, failure: failures.length > 0 ? failures.join('; ') : undefined };
}

/** What the groups did is in the log and in the tables. */
function settled(house: House, firstSeq: number, ids: readonly string[]): Promise<LogAccount> {
  const ask = async () => {
    const log = await house.log.account(firstSeq);
    const checkpoints = await house.tables.checkpoints();
    const behind = firstUnprojected(log.messages, checkpoints) !== undefined;
    const delivered = new Set(log.messages.filter(({ data }) => data.delivered === true).map(({ group }) => group));
    return !behind && ids.every((id) => delivered.has(id)) ? log : undefined;
  };
  return until('read model and deliveries settled', ask, { timeoutMs: 60_000, everyMs: 250 });
}

const orderOf = (
  { name, random }: RoundPlan,
  number: number,
  { rows }: PlannedGroup,
  webhookUrl: string,
): GroupOrder => ({
  idempotencyKey: `${random.seed} ${name} ${number}`,
  // Keys of their own: what the upstream takes per key and minute must not make groups wait for one another.
  apiKey: `chaos-${random.seed.replaceAll(/\W/g, '-')}-${number % 64}`,
  rows,
  webhookUrl,
});

/** Everybody who watches one group. */
class Watcher {
  readonly #readers: StreamReader[];
  readonly #poller: ResultPoller | undefined;
  readonly #leaving = new AbortController();
  readonly #running: Promise<unknown>;

  constructor(group: GroupAccount, planned: PlannedGroup, random: Random) {
    const { id, url } = group.answers[0]!;
    const target = { id, url };
    const told = new ToldFrames();
    this.#readers = Array.from(
      { length: planned.readers },
      (_, i) => new StreamReader(target, planned.habits?.(i) ?? habitsOf(i, planned.rows), random.fork(`${i}`), told),
    );
    this.#poller = planned.pollMs > 0 ? new ResultPoller(target, planned.pollMs) : undefined;
    const isLate = (i: number) => !planned.habits && i % 5 === 4;
    const lateBy = (i: number) => (isLate(i) ? random.fork(`late ${i}`).between(1_000, 8_000) : 0);
    this.#running = Promise.all([
      ...this.#readers.map(async (reader, i) => {
        await sleep(lateBy(i), undefined, { signal: this.#leaving.signal }).catch(() => undefined);
        await reader.run(this.#leaving.signal);
      }),
      this.#poller?.run(this.#leaving.signal),
    ]);
  }

  get done(): boolean {
    return this.#readers.every((reader) => reader.done) && this.#poller?.done !== false;
  }

  get readers(): ReaderAccount[] {
    return this.#readers.map((reader) => reader.account);
  }

  get polls(): readonly PollAccount[] {
    return this.#poller?.account ?? [];
  }

  async stop(): Promise<void> {
    this.#leaving.abort();
    await this.#running;
  }
}

/** Every third reader leaves now and then, every fourth in the middle of snapshots; every second tells its position in the query. */
const habitsOf = (number: number, rows: number) => ({
  name: `${number + 1}`,
  asksByQuery: number % 2 === 1,
  ...(number % 4 === 3 && { cutsSnapshots: 2 }),
  ...(number % 3 === 2 && { leavesAfterFrames: Math.max(5, 0.4 * rows) }),
});

async function forEachAtOnce<T>(items: readonly T[], atOnce: number, work: (item: T, i: number) => Promise<void>) {
  let next = 0;
  const take = async () => {
    while (next < items.length) {
      const i = next++;
      await work(items[i]!, i);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, take));
}

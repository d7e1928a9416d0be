import { setTimeout as sleep } from 'node:timers/promises';
import type { Lease, LeaseStore } from '@multitask/event-log';
import { GroupSession } from '../group/group.session';
import { GroupWorker, type WorkerTools } from '../group/group.worker';
import { longestPatienceMs, patienceMs } from './patience';
import { Turns } from './turns';

export interface HolderTools extends WorkerTools {
  readonly leases: LeaseStore;
  /** Name of this holder; the same after a restart. */
  readonly name: string;
  readonly maxGroups: number;
}

const leaseFamily = 'ingest';

/** Groups being taken over at the same time: each reads its whole log. */
const takeoversAtOnce = 8;

/** A group whose takeover came to nothing (complete already, or its work failed) is left alone for so long, then twice as long. */
const restMs = { first: 1_000, max: 60_000 };

/** A group that is handed over has readers who wait for what comes next. */
const handedOverMaxMs = 200;

/** The groups this process holds, and how it comes by them. */
export class GroupHolder {
  private readonly workers = new Map<string, GroupWorker>();
  private readonly claiming = new Set<string>();
  private readonly resting = new Map<string, { until: number; tries: number }>();
  private leastLoadOfOthers: number | undefined;
  private readonly takeovers = new Turns(takeoversAtOnce);
  private stopped = false;
  private readonly ticking: NodeJS.Timeout;
  private readonly stopListening: () => void;

  constructor(private readonly tools: HolderTools) {
    this.ticking = setInterval(() => this.tick(), 1_000);
    this.stopListening = tools.leases.onHandOver(leaseFamily, (key) =>
      this.claim(key.slice(leaseFamily.length + 1), { isNew: true, longestMs: handedOverMaxMs }),
    );
  }

  holds(groupId: string): boolean {
    return this.workers.has(groupId);
  }

  /** The group got a command. */
  hint(groupId: string): void {
    this.workers.get(groupId)?.hint();
  }

  /** Something may have happened upstream; of a group that is not held here, somebody else is told as well. */
  look(groupId: string): void {
    this.workers.get(groupId)?.look();
  }

  /** Groups that are held and not among these read their log again. */
  lookAgain(open: ReadonlySet<string>): void {
    for (const [groupId, worker] of this.workers) if (!open.has(groupId)) worker.hint();
  }

  /** Everything that is held is for whoever takes it next. */
  letGo(reason: string): void {
    for (const worker of this.workers.values()) worker.session.lose(reason);
  }

  /** Groups that others hold; also learns how loaded these are. One of `others` that holds nothing is as idle as can be. */
  async lookAround(others: ReadonlySet<string>): Promise<ReadonlySet<string>> {
    const loads = new Map<string, number>([...others].map((name) => [name, 0]));
    const held = new Set<string>();
    for (const [key, name] of await this.tools.leases.holders(leaseFamily)) {
      if (name === this.tools.name) continue;
      held.add(key.slice(leaseFamily.length + 1));
      loads.set(name, (loads.get(name) ?? 0) + 1);
    }
    this.leastLoadOfOthers = loads.size > 0 ? Math.min(...loads.values()) : undefined;
    return held;
  }

  /** Tries to get a group, once, in its own time. `isNew`: what was known of it before no longer counts. */
  claim(groupId: string, { isNew = false, longestMs = longestPatienceMs } = {}): void {
    if (isNew) this.resting.delete(groupId);
    const rest = this.resting.get(groupId);
    const full = this.workers.size + this.claiming.size >= this.tools.maxGroups;
    if (this.stopped || full || this.claiming.has(groupId) || this.holds(groupId)) return;
    if (rest && rest.until > performance.now()) return;
    this.claiming.add(groupId);
    void this.take(groupId, longestMs)
      .catch((error: unknown) => {
        this.rest(groupId);
        this.tools.logger.warn({ groupId, err: error }, 'a group could not be taken over; trying again later');
      })
      .finally(() => this.claiming.delete(groupId));
  }

  /** Gives every group back; resolves when nothing is under way any more. */
  async handOver(): Promise<void> {
    this.stopped = true;
    clearInterval(this.ticking);
    this.stopListening();
    await Promise.allSettled([...this.workers.values()].map((worker) => worker.handOver()));
  }

  private async take(groupId: string, longestMs: number): Promise<void> {
    await sleep(patienceMs(this.workers.size, this.leastLoadOfOthers, { longestMs, luck: Math.random() }));
    await this.takeovers.run(async () => {
      if (this.stopped) return;
      const lease = await this.tools.leases.acquire(`${leaseFamily}.${groupId}`, this.tools.name);
      if (lease) await this.begin(groupId, lease);
    });
  }

  private async begin(groupId: string, lease: Lease): Promise<void> {
    const { name } = this.tools;
    let session: GroupSession | undefined;
    try {
      session = await GroupSession.takeOver(groupId, name, lease, this.tools);
    } finally {
      if (!session || this.stopped) await lease.release();
    }
    if (!session) return this.rest(groupId);
    if (this.stopped) return;
    const worker = new GroupWorker(session, lease, this.tools);
    this.workers.set(groupId, worker);
    this.measure();
    void worker.ended.finally(() => {
      this.workers.delete(groupId);
      // The read model may show the group as open for a while yet.
      this.rest(groupId);
      this.measure();
      // A command may have come while the last generation was being completed.
      if (worker.hasNewWork) this.claim(groupId, { isNew: true });
    });
  }

  private rest(groupId: string): void {
    const tries = (this.resting.get(groupId)?.tries ?? 0) + 1;
    const ms = Math.min(restMs.first * 2 ** Math.min(tries - 1, 10), restMs.max);
    this.resting.set(groupId, { until: performance.now() + ms, tries });
    // Everything that rested long enough is forgotten, so that a process that lives for months does not collect ids.
    if (this.resting.size > 10_000)
      for (const [id, { until }] of this.resting) if (until < performance.now()) this.resting.delete(id);
  }

  private tick(): void {
    for (const worker of this.workers.values()) worker.tick();
    this.measure();
  }

  private measure(): void {
    const { metrics } = this.tools;
    metrics.groupsHeld.set(this.workers.size);
    for (const reason of ['credit', 'key_refused', 'upstream_down'])
      metrics.groupsBlocked.set({ reason }, [...this.workers.values()].filter((w) => w.blockedFor === reason).length);
  }
}

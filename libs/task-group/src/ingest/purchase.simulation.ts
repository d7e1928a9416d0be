import { event, type GroupEvent, type RecordedEvent, type RowKey, type RunStatus } from '@multitask/contracts';
import { decideBatch, planBatch, unclearKeys } from './batch.decider';
import { decideCompletion } from './completion.decider';
import { newMemory, rememberRequested, type HolderMemory } from './holder-memory';
import { evolve } from './ingest-group.evolver';
import { initialGroup, isOpen, keyOf, type IngestGroup } from './ingest-group';
import { created, groupId, recorded, report, startAt } from './ingest.scenario';
import { rememberListing } from './listing.decider';
import type { IngestPolicy } from './policy';
import { decidePurchase, judgePurchase, rememberPurchase, type PurchaseOutcome } from './purchase.decider';
import { decideRuns } from './run.decider';

/** A run as the simulated upstream keeps it. */
interface BoughtRun {
  readonly key: RowKey;
  readonly copy: number;
  readonly visibleAt: number;
  status: RunStatus;
}

class Crash extends Error {}

/** Answers of chance between 0 and 1; when they are used up, nothing unusual happens any more and the group can end. */
export type Chances = readonly number[];

/**
 * One group bought from an upstream that loses answers, takes only part of a batch, is slow to list and refuses, by holders that
 * die at any instant and are succeeded at once, with the clock of the log as the only one.
 */
export class PurchaseSimulation {
  readonly bought: BoughtRun[] = [];
  readonly log: RecordedEvent[] = [];
  private now = startAt;
  private next = 0;
  private state: IngestGroup = initialGroup(groupId);
  private memory: HolderMemory = newMemory();

  constructor(
    rows: number,
    private readonly chances: Chances,
    private readonly policy: IngestPolicy,
  ) {
    this.append(created(rows));
  }

  /** Runs to the end of the group; throws when it does not come to one. */
  run(): this {
    for (let steps = 0; isOpen(this.state); steps++) {
      if (steps > 2_000) throw new Error('stuck');
      try {
        this.step();
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
        this.succeed();
      }
    }
    return this;
  }

  private step(): void {
    this.crashPoint();
    if (unclearKeys(this.state, this.memory).length > 0 || this.memory.mustReadList) this.readList();
    else if (planBatch(this.state, this.memory, this.policy)) this.buy();
    else this.watch();
    this.append(decideCompletion(this.state, this.memory));
    this.now += this.chance() * 20_000;
  }

  private buy(): void {
    const plan = planBatch(this.state, this.memory, this.policy)!;
    const { events, batch } = decideBatch(this.state, plan, this.policy, this.now);
    const keys = plan.rows.map(keyOf);
    const requestedAt = this.now;
    this.append(events);
    rememberRequested(this.memory, keys);
    if (keys.length === 0) return;
    this.crashPoint();
    this.now += this.chance() * this.policy.postStartMs;
    const outcome = this.post(keys, requestedAt + this.policy.postAbortMs);
    this.crashPoint();
    const verdict = judgePurchase(this.state, this.memory, keys, outcome, this.policy);
    rememberPurchase(this.memory, keys, verdict, this.policy);
    this.append(decidePurchase(this.state, batch, verdict));
  }

  /** What the upstream does with a request, and what of it the holder learns: after its death, nothing. */
  private post(keys: readonly RowKey[], abortAt: number): PurchaseOutcome {
    const fate = this.chance();
    if (fate > 0.9) return { kind: 'refused', status: 429, message: 'slow down' };
    if (fate > 0.85) return { kind: 'unclear', reason: 'lost before it arrived' };
    const acceptedAt = this.now + this.chance() * (abortAt - this.now);
    const taken = fate > 0.7 ? keys.slice(0, Math.ceil(keys.length / 2)) : keys;
    const visibleAt = acceptedAt + this.chance() * this.policy.listedWithinMs;
    for (const key of taken) this.bought.push({ key, copy: this.bought.length, visibleAt, status: 'queued' });
    // The request may arrive although its sender dies right after sending it.
    this.crashPoint();
    this.now = acceptedAt;
    if (fate > 0.5) return { kind: 'unclear', reason: 'the answer was lost' };
    const runIds = this.bought.slice(-taken.length).map(({ key, copy }) => `trun_${key}_${copy}`);
    return { kind: 'added', runIds };
  }

  private readList(): void {
    const startedAt = this.now;
    const complete = this.chance() < 0.8;
    const visible = this.visible().filter(() => complete || this.chance() < 0.5);
    this.append(decideRuns(this.state, visible, this.policy).events);
    const keys = new Set(visible.map(({ run }) => String(run.metadata?.multitask_row)));
    rememberListing(this.state, this.memory, { startedAt, complete, keys }, this.policy);
    this.now += 2_000;
  }

  private watch(): void {
    for (const run of this.bought)
      if (this.chance() < 0.6) run.status = run.status === 'queued' ? 'running' : 'completed';
    this.append(decideRuns(this.state, this.visible(), this.policy).events);
  }

  private visible() {
    return this.bought
      .filter((run) => run.visibleAt <= this.now)
      .map(({ key, copy, status }) => report(key, status, {}, copy));
  }

  private succeed(): void {
    this.state = this.log.reduce(evolve, initialGroup(groupId));
    this.memory = { ...newMemory(), mustReadList: true };
    this.append([event('IngestStarted', { holder: 'next', lease_revision: this.log.length })]);
    this.memory.pairing = this.chance() < 0.5 ? 'in-order' : 'unknown';
  }

  private append(events: readonly GroupEvent[]): void {
    const facts = recorded(events, { seq: this.log.length + 1, at: this.now });
    for (const fact of facts) evolve(this.state, { ...fact, time: new Date(this.now).toISOString() });
    this.log.push(...facts.map((fact) => ({ ...fact, time: new Date(this.now).toISOString() })));
  }

  private crashPoint(): void {
    if (this.chance() > 0.85) throw new Crash();
  }

  private chance(): number {
    return this.chances[this.next++] ?? 0.3;
  }
}

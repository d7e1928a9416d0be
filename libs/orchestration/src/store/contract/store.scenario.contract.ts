import { createHash } from 'node:crypto';
import type { AttemptCommands } from '../../engine/attempt.commands';
import type { Claim, ClaimRequest } from '../../engine/claim.commands';
import { OrchestrationEngine } from '../../engine/orchestration.engine';
import type { OrchestrationStore } from '../orchestration.store';

export interface StoreUnderTest {
  readonly store: OrchestrationStore;
  /** Types of a run's events, in order. */
  eventsOf(runId: string): Promise<string[]>;
  /** How many statements the store has sent so far. */
  statements(): number;
}

export type OpenStore = (now: () => number) => Promise<StoreUnderTest>;

export const leaseMs = 30_000;

/** One fresh store with an engine over it and a clock of its own: what the suites are told in. */
export class StoreScenario {
  clock = Date.UTC(2026, 0, 1);
  under!: StoreUnderTest;
  engine!: OrchestrationEngine;
  private ids = 0;

  async open(open: OpenStore): Promise<void> {
    this.under = await open(() => this.clock);
    this.engine = engineOver(this.under.store, (kind) => `${kind}_${++this.ids}`);
  }

  get attempts(): AttemptCommands {
    return this.engine.attempts;
  }

  async start(...kinds: string[]) {
    const run = await this.engine.runs.create({});
    const tasks = await this.engine.tasks.enqueue(
      run.id,
      kinds.map((kind) => ({ kind, key: kind })),
    );
    return { run, tasks };
  }

  claim(limit = 1, workerId = 'w', more: Partial<ClaimRequest> = {}): Promise<Claim[]> {
    return this.engine.claims.claim({ workerId, leaseMs, limit, ...more });
  }

  /** The next task, which must be there. */
  async claimOne(more: Partial<ClaimRequest> = {}): Promise<Claim> {
    const [claim] = await this.claim(1, 'w', more);
    if (!claim) throw new Error('There is no task to claim.');
    return claim;
  }

  async statusOf(runId: string) {
    await this.engine.sweep.run();
    return (await this.under.store.read.run(runId))!.status;
  }

  async task(id: string) {
    return (await this.engine.queries.task(id))!;
  }
}

export const engineOver = (
  store: OrchestrationStore,
  newId: (kind: string) => string,
  sealIdleAfterMs?: number,
): OrchestrationEngine =>
  new OrchestrationEngine({
    store,
    newId,
    sealIdleAfterMs,
    digest: (text) => createHash('sha256').update(text).digest('base64url'),
  });

export const triple = ({ task, lease }: Claim) => ({ taskId: task.id, leaseId: lease.id, workerId: lease.workerId });

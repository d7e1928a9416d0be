import type { JsonObject, RowInput, RowKey } from '@multitask/contracts';
import { UpstreamError, type ParallelClient } from '@multitask/parallel-client';
import type { Logger } from '@multitask/platform';
import {
  decideBatch,
  decidePurchase,
  judgePurchase,
  keyOf,
  planBatch,
  rememberPurchase,
  rememberRequested,
  runInputOf,
  taskSpecOf,
  type BatchPlan,
  type IngestPolicy,
  type PurchaseOutcome,
} from '@multitask/task-group';
import type { IngestMetrics } from '../ingest.metrics';
import type { GroupUpstream } from '../upstream/group.upstream';
import { awayMessage, limitedMessage, type UpstreamTrouble } from '../upstream/upstream.trouble';
import { Backoff } from './backoff';
import { GroupLostError, type GroupSession } from './group.session';
import type { InputLoader } from './input.loader';
import { pause } from './pause';
import type { RequestBudget } from './request.budget';
import type { RunJoining } from './run.joining';

export interface BuyerTools {
  readonly session: GroupSession;
  readonly upstream: GroupUpstream;
  readonly trouble: UpstreamTrouble;
  readonly inputs: InputLoader;
  readonly budget: RequestBudget;
  readonly joining: RunJoining;
  readonly policy: IngestPolicy;
  readonly metrics: IngestMetrics;
  readonly logger: Logger;
}

/** A purchase that is in the log, and what is needed to make it. */
interface Requested {
  readonly batch: number;
  readonly keys: readonly RowKey[];
  readonly rows: readonly JsonObject[];
  readonly askedAt: number;
}

/** A plan that came to nothing, because a command crossed it, is looked at again after this. */
const idleMs = 100;

/** Buys the rows of one group, batch after batch. The order of its steps is what keeps a row from being bought twice. */
export class GroupBuyer {
  private readonly backoff = new Backoff(1_000, 60_000);

  constructor(private readonly tools: BuyerTools) {}

  /** Until the signal aborts. A request that is under way is finished all the same. */
  async run(signal: AbortSignal): Promise<void> {
    const { session, trouble, policy } = this.tools;
    while (!signal.aborted) {
      const plan = planBatch(session.state, session.memory, policy);
      if (!plan) {
        this.tools.inputs.forget();
        await session.pulse.wait(signal);
        continue;
      }
      // Saying that a row is not bought needs no leave of the upstream.
      if (plan.rows.length > 0) await trouble.untilBuyingMayBeTried(signal);
      if (signal.aborted) return;
      const pauseMs = await this.buy(plan, signal).catch((error: unknown) => this.afterFailure(error, signal));
      if (pauseMs > 0) await pause(session, pauseMs, signal);
    }
  }

  /** Answers how many milliseconds to leave the upstream alone. */
  private async buy(plan: BatchPlan, signal: AbortSignal): Promise<number> {
    const { session, upstream, inputs, joining } = this.tools;
    const header = session.state.header!;
    if (plan.rows.length === 0) return (await this.request(0, new Map(), [])) === 'nothing' ? idleMs : 0;
    const client = await upstream.client(header);
    const servers = await upstream.mcpServers(header);
    // Both may take long, so they come before the purchase is written down.
    await client.reserveRuns(plan.rows.length, signal);
    const loaded = await inputs.load(
      session.state,
      plan.rows.map(({ number }) => number),
    );
    joining.requestUnderWay = true;
    try {
      const requested = await this.request(plan.rows.length, loaded, servers);
      if (requested === 'nothing') return idleMs;
      if (requested === 'refusals') return 0;
      return await this.settle(requested, await this.post(client, requested));
    } finally {
      joining.requestUnderWay = false;
      session.pulse.ring();
    }
  }

  /** Writes down what is going to be bought; the plan is made anew, because a command may have come in. */
  private async request(
    maxRows: number,
    loaded: ReadonlyMap<number, RowInput>,
    servers: readonly JsonObject[],
  ): Promise<Requested | 'refusals' | 'nothing'> {
    const { session, policy } = this.tools;
    let decided: { plan: BatchPlan; batch: number } | undefined;
    const committed = await session.commit((state) => {
      const plan = planBatch(state, session.memory, policy, maxRows);
      if (!plan) return [];
      const known = { ...plan, rows: plan.rows.filter(({ number }) => loaded.has(number)) };
      const { events, batch } = decideBatch(state, known, policy, session.logNow());
      decided = { plan: known, batch };
      return events;
    }, 'group');
    if (!decided) return 'nothing';
    if (!committed) {
      // It was stored after all, though nobody said so in time: it is ours, and certainly was not sent.
      if (session.state.batches.has(decided.batch))
        for (const row of decided.plan.rows) session.memory.cleared.add(keyOf(row));
      return 'nothing';
    }
    const { rows, refused } = decided.plan;
    const keys = rows.map(keyOf);
    rememberRequested(session.memory, [...keys, ...refused.map(({ key }) => key)]);
    if (keys.length === 0) return 'refusals';
    const { spec } = session.state.header!;
    const inputs = rows.map((row, i) => runInputOf(spec, keys[i]!, loaded.get(row.number)!, servers));
    return { batch: decided.batch, keys, rows: inputs, askedAt: committed.askedAt };
  }

  private async post(client: ParallelClient, requested: Requested): Promise<PurchaseOutcome> {
    const { session, policy, budget } = this.tools;
    const passed = performance.now() - requested.askedAt;
    // Later than this a successor could already be looking for what is not there yet.
    if (passed > policy.postStartMs) return { kind: 'unsent', reason: 'the log was slow' };
    if (session.over.aborted) return { kind: 'unsent', reason: 'the group is no longer ours' };
    budget.spend();
    return client.addRuns(session.groupId, {
      inputs: requested.rows,
      defaultTaskSpec: taskSpecOf(session.state.header!.spec),
      abortAfterMs: policy.postAbortMs - passed,
    });
  }

  private async settle({ batch, keys, askedAt }: Requested, outcome: PurchaseOutcome): Promise<number> {
    const { session, policy, metrics, logger, trouble, joining } = this.tools;
    const verdict = judgePurchase(session.state, session.memory, keys, outcome, policy);
    metrics.batches.inc({ outcome: verdict.kind === 'join' ? 'added' : verdict.kind });
    if (outcome.kind !== 'added')
      logger.info({ groupId: session.groupId, batch, rows: keys.length, outcome, verdict: verdict.kind }, 'not bought');
    rememberPurchase(session.memory, keys, verdict, policy);
    if (outcome.kind === 'added' && verdict.kind === 'join') joining.start(batch, keys, outcome.runIds);
    await session.commit((state) => decidePurchase(state, batch, verdict));
    if (outcome.kind === 'added') await trouble.purchaseSucceeded();
    if (verdict.kind === 'block') await trouble.block(verdict.reason, verdict.message);
    const away = outcome.kind === 'unclear' || outcome.kind === 'unsent';
    const afterMs = verdict.kind === 'later' ? verdict.afterMs : undefined;
    if (away || verdict.kind === 'later')
      await trouble.noteFailure({
        need: 'purchase',
        since: askedAt,
        message: away ? awayMessage : limitedMessage,
        afterMs,
      });
    if (verdict.kind === 'later') return afterMs ?? this.backoff.next();
    if (verdict.kind !== 'unclear') this.backoff.reset();
    return 0;
  }

  private async afterFailure(error: unknown, signal: AbortSignal): Promise<number> {
    const { session, trouble, logger } = this.tools;
    if (error instanceof GroupLostError || signal.aborted) return 0;
    if (UpstreamError.is(error) && error.kind === 'key_refused') {
      await trouble.block('key_refused', error.message);
      return 0;
    }
    logger.warn({ groupId: session.groupId, err: error }, 'rows could not be bought; trying again');
    return this.backoff.next();
  }
}

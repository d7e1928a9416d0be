import { setImmediate as othersTurn } from 'node:timers/promises';
import { event, rowKeyMetadata, type TaskRun } from '@multitask/contracts';
import { UpstreamError, UpstreamStreamError, type ParallelClient } from '@multitask/parallel-client';
import type { Logger } from '@multitask/platform';
import {
  activeRuns,
  decidePurchase,
  failedRun,
  keyOf,
  nextProofAt,
  rememberListing,
  tellsKeys,
  unclearKeys,
  type ListedRun,
  type IngestPolicy,
} from '@multitask/task-group';
import type { IngestMetrics } from '../ingest.metrics';
import type { GroupUpstream } from '../upstream/group.upstream';
import type { UpstreamTrouble } from '../upstream/upstream.trouble';
import { GroupLostError, type GroupSession } from './group.session';
import { portions } from './frame.queue';
import { ListWatch } from './list.watch';
import { PassSchedule, type PassNeed } from './pass.schedule';
import { pause } from './pause';
import type { RequestBudget } from './request.budget';
import type { RunJoining } from './run.joining';
import { runsIn, type RunRecorder } from './run.recorder';

export interface ReconcilerTools {
  readonly session: GroupSession;
  readonly upstream: GroupUpstream;
  readonly trouble: UpstreamTrouble;
  readonly recorder: RunRecorder;
  readonly budget: RequestBudget;
  readonly joining: RunJoining;
  readonly policy: IngestPolicy;
  readonly metrics: IngestMetrics;
  readonly logger: Logger;
}

const listedRun = ({ run_id, metadata }: TaskRun): ListedRun => {
  const key = metadata?.[rowKeyMetadata];
  return { run_id, key: typeof key === 'string' ? key : undefined };
};

/** Up to so many outputs are asked for one by one; more of them by one reading of the list. */
const singleResults = 3;

/** An output that did not come in so many tries will not come. Half a minute apart: after a quarter of an hour. */
const outputTries = 30;

/**
 * Reads the list of a group's runs: to show what is running, to find what the stream did not tell, to fetch outputs that it left
 * out, and to find out what became of unclear purchases. Seldom, and never more than the group's budget of requests.
 */
export class RunReconciler {
  private readonly schedule = new PassSchedule(performance.now());
  private nudged = false;
  private lastBatch: number;
  private readonly outputTries = new Map<string, number>();

  constructor(private readonly tools: ReconcilerTools) {
    this.lastBatch = tools.session.state.lastBatch;
  }

  /** The stream may have missed something. */
  nudge(): void {
    this.nudged = true;
    this.tools.session.pulse.ring();
  }

  async run(signal: AbortSignal): Promise<void> {
    const { session, trouble, budget } = this.tools;
    while (!signal.aborted) {
      const dueInMs = this.dueInMs();
      const waitMs = dueInMs === undefined ? undefined : Math.max(dueInMs, budget.waitMs());
      if (waitMs === undefined || waitMs > 0) {
        await session.pulse.wait(signal, waitMs);
        continue;
      }
      await trouble.untilReadingMayBeTried(signal);
      if (signal.aborted) return;
      await this.pass(signal);
    }
  }

  private dueInMs(): number | undefined {
    const { state } = this.tools.session;
    if (state.lastBatch !== this.lastBatch) {
      this.lastBatch = state.lastBatch;
      this.schedule.purchased();
    }
    const now = performance.now();
    const at = this.schedule.nextAt(this.need(), now);
    return at === undefined ? undefined : at - now;
  }

  private need(): PassNeed {
    const { session, joining, policy } = this.tools;
    const { state, memory } = session;
    const active = activeRuns(state);
    const proofAt = nextProofAt(state, memory, policy);
    return {
      joining: joining.isPending || memory.mustReadList,
      unclear: proofAt !== undefined && !joining.isPending && !joining.requestUnderWay,
      proofInMs: proofAt === undefined ? undefined : proofAt - session.logNow(),
      onlyOutputsMissing: active > 0 && memory.missingOutputs.size >= active,
      nudged: this.nudged,
      active,
    };
  }

  private async pass(signal: AbortSignal): Promise<void> {
    const { session, upstream, trouble, joining, metrics, logger } = this.tools;
    const startedAt = performance.now();
    const before = session.state.positions.ingest;
    const wasJoining = joining.isPending;
    const proving = (this.need().proofInMs ?? 1) <= 0;
    let result = 'complete';
    this.nudged = false;
    try {
      const client = await upstream.client(session.state.header!);
      const { missingOutputs } = session.memory;
      const few = missingOutputs.size > 0 && missingOutputs.size <= singleResults && !this.need().joining;
      if (few && unclearKeys(session.state, session.memory).length === 0) await this.fetchOutputs(client, signal);
      else result = await this.readList(client, missingOutputs.size > 0, signal);
      // A list that stays shorter than the upstream's own count keeps rows waiting: that is an outage as well.
      if (result === 'short') await trouble.noteFailure({ need: 'list', since: startedAt });
      else await trouble.readSucceeded('list');
      await this.fallBack();
    } catch (error) {
      if (error instanceof GroupLostError || signal.aborted) return;
      result = error instanceof UpstreamStreamError ? error.reason : 'failed';
      logger.info({ groupId: session.groupId, err: error }, 'the list of runs could not be read to its end');
      const waitMs = await trouble.readFailed(error, startedAt, 'list');
      if (waitMs) await pause(session, waitMs, signal);
    } finally {
      metrics.listings.inc({ result });
      const broughtFacts = session.state.positions.ingest !== before;
      this.schedule.passed(performance.now(), performance.now() - startedAt, { broughtFacts, proving });
      // Only from here on is there something that can be running.
      if (wasJoining && !joining.isPending) this.schedule.purchased();
    }
  }

  /** Reads all runs. What it proves about unclear purchases depends on when it began and whether it was whole. */
  private async readList(client: ParallelClient, includeOutput: boolean, signal: AbortSignal): Promise<string> {
    const { session, recorder, joining, policy, budget } = this.tools;
    const { groupId, state, memory } = session;
    const startedAt = session.logNow();
    const proofAt = nextProofAt(state, memory, policy);
    const { followed } = state.header!;
    const includeInput = followed && memory.mustReadList;
    const unlisted = memory.unlisted;
    const mustProve = memory.mustReadList || (proofAt !== undefined && proofAt <= startedAt);
    let counted = 0;
    if (mustProve) {
      budget.spend();
      counted = (await client.getGroup(groupId, signal)).num_task_runs;
    }
    budget.spend();
    const seen = new Map<string, TaskRun>();
    const watch = new ListWatch(policy.listStillMs);
    try {
      const both = AbortSignal.any([signal, watch.tooLong]);
      const runs = client.listRuns(groupId, { includeInput, includeOutput, signal: both, onTurn: () => watch.start() });
      for await (const frames of portions(runs)) {
        // A run that is listed without its input is a row all the same.
        const observed = runsIn(frames).map((run) => (includeInput ? { input: {}, ...run } : run));
        const before = seen.size;
        for (const { run } of observed)
          seen.set(run.run_id, { run_id: run.run_id, status: run.status, metadata: run.metadata });
        // What the log takes of the time is not the list's.
        await watch.pausedWhile(() => recorder.record(observed), { moved: seen.size > before, runs: seen.size });
        // A list comes in one go; what the stream tells meanwhile shall not wait for the whole of it.
        await othersTurn();
      }
    } finally {
      watch.stop();
    }
    joining.learn(seen.values());
    const listed = [...seen.values()].map(listedRun);
    // Fewer runs than the upstream itself counted, or runs without a name: it proves nothing about those that it does not show.
    // Of a followed group, nobody looks for keys, but everything that was heard of meanwhile must have been seen.
    const whole = followed ? memory.unlisted === unlisted : tellsKeys(state, listed);
    const complete = seen.size >= counted && whole;
    const keys = new Set(listed.map(({ key }) => String(key)));
    if (mustProve) rememberListing(state, memory, { startedAt, complete, keys }, policy);
    // The list was all that its completion waited for, perhaps.
    if (followed && complete && mustProve) await session.refresh();
    session.pulse.ring();
    return complete ? 'complete' : 'short';
  }

  private async fetchOutputs(client: ParallelClient, signal: AbortSignal): Promise<void> {
    for (const runId of [...this.tools.session.memory.missingOutputs]) {
      if (this.tools.budget.waitMs() > 0) return;
      await this.fetchOutput(client, runId, signal);
    }
  }

  private async fetchOutput(client: ParallelClient, runId: string, signal: AbortSignal): Promise<void> {
    const { session, recorder, budget } = this.tools;
    const tries = (this.outputTries.get(runId) ?? 0) + 1;
    this.outputTries.set(runId, tries);
    budget.spend();
    try {
      const { run, output } = await client.getResult(runId, 1, signal);
      if (output) return await recorder.record([{ run, output }]);
    } catch (error) {
      if (!UpstreamError.is(error)) throw error;
      if (error.kind !== 'timed_out' && error.kind !== 'not_found') throw error;
      // 404 stands for a failed run as well as for an unknown one.
      if (error.kind === 'not_found') {
        budget.spend();
        const run = await client.getRun(runId, signal);
        if (run.status !== 'completed') return await recorder.record([{ run }]);
      }
    }
    if (tries >= outputTries) await this.endWithoutOutput(runId);
    session.pulse.ring();
  }

  /** Says of a row that its run completed and never gave its output; it can be retried. */
  private async endWithoutOutput(runId: string): Promise<void> {
    const { session } = this.tools;
    session.memory.missingOutputs.delete(runId);
    await session.commit((state) => {
      const number = state.runs.get(runId);
      const row = number === undefined ? undefined : state.rows[number];
      if (!row || row.runId !== runId || row.status === 'completed') return [];
      const message = 'Parallel completed this run but did not give its output.';
      const run = failedRun({ run_id: runId }, 'upstream_failed', message);
      return [event('RunUpdated', { key: keyOf({ number: number!, row }), run })];
    });
  }

  private async fallBack(): Promise<void> {
    const { session, joining } = this.tools;
    const added = joining.fallBack();
    if (!added) return;
    await session.commit((state) => decidePurchase(state, added.batch, { kind: 'added', runs: added.runs }));
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { EventLog, Lease } from '@multitask/event-log';
import type { Upstream } from '@multitask/parallel-client';
import type { Logger } from '@multitask/platform';
import { decideGiveUp, isGivenUp, isOpen, type IngestPolicy } from '@multitask/task-group';
import type { Vault } from '@multitask/vault';
import type { IngestMetrics } from '../ingest.metrics';
import { GroupUpstream } from '../upstream/group.upstream';
import { UpstreamTrouble } from '../upstream/upstream.trouble';
import { GroupBuyer } from './group.buyer';
import { GroupLostError, type GroupSession } from './group.session';
import { InputLoader } from './input.loader';
import { RequestBudget } from './request.budget';
import { RunJoining } from './run.joining';
import { RunReconciler } from './run.reconciler';
import { RunRecorder } from './run.recorder';
import { Stillness } from './stillness';
import { StreamFollower } from './stream.follower';

export interface WorkerTools {
  readonly log: EventLog;
  readonly vault: Vault;
  readonly upstream: Upstream;
  readonly policy: IngestPolicy;
  /** What a group may ask the upstream beside its event stream. */
  readonly requestsPerMinute: number;
  readonly metrics: IngestMetrics;
  readonly logger: Logger;
  /** Business time, Unix milliseconds. */
  readonly now: () => number;
}

/** A request under way is waited for this long when the process stops; its outcome would be unclear otherwise. */
const finishMs = 5_000;

/** One held group at work: buying, following and reconciling until it is complete, lost or handed over. */
export class GroupWorker {
  private readonly stopping = new AbortController();
  private readonly recorder: RunRecorder;
  private readonly reconciler: RunReconciler;
  private readonly still: Stillness;
  private readonly finished: Promise<void>;

  constructor(
    readonly session: GroupSession,
    private readonly lease: Lease,
    private readonly tools: WorkerTools,
  ) {
    const { log, vault, upstream, policy, metrics } = tools;
    this.still = new Stillness(() => session.logNow(), tools.now);
    const group = new GroupUpstream(vault, upstream);
    const recorder = (this.recorder = new RunRecorder(session, policy, metrics));
    const trouble = new UpstreamTrouble(session, tools);
    const shared = { ...tools, session, upstream: group, trouble, recorder };
    const budget = new RequestBudget(tools.requestsPerMinute);
    const joining = new RunJoining(session.memory, policy);
    const buyer = new GroupBuyer({ ...shared, inputs: new InputLoader(log, session.groupId), budget, joining });
    const reconciler = (this.reconciler = new RunReconciler({ ...shared, budget, joining }));
    const follower = new StreamFollower({ ...shared, lookAtList: () => reconciler.nudge() });
    const signal = AbortSignal.any([session.over, this.stopping.signal]);
    void this.watchProgress(signal);
    this.finished = this.finish([buyer.run(signal), reconciler.run(signal), follower.run(signal)]);
  }

  /** Resolves when nothing of the group is under way any more and the lease is given back. */
  get ended(): Promise<void> {
    return this.finished;
  }

  get blockedFor(): string | undefined {
    return this.session.state.blocked?.reason;
  }

  /** Whether the group was completed here and then opened again. */
  get hasNewWork(): boolean {
    const { over, state } = this.session;
    return over.aborted && !(over.reason instanceof GroupLostError) && isOpen(state);
  }

  /** A command was given. */
  hint(): void {
    const { state, memory } = this.session;
    // To a followed group every command says one thing: look again.
    if (state.header?.followed) memory.mustReadList = true;
    this.session.refresh().catch((error: unknown) => this.noteFailure(error));
  }

  /** The upstream may have news: asked for at once, as often as the group's budget of requests allows. */
  look(): void {
    this.reconciler.nudge();
  }

  /** Once a second: what changed last is told, and a group where nothing has moved for too long is brought to its end. */
  tick(): void {
    void this.onTick().catch((error: unknown) => this.noteFailure(error));
  }

  /** Takes no new work, finishes what is under way and gives the group back. */
  async handOver(): Promise<void> {
    this.stopping.abort();
    const limit = new AbortController();
    await Promise.race([this.finished, sleep(finishMs, undefined, { signal: limit.signal }).catch(() => undefined)]);
    limit.abort();
    // What has no answer by now is for the successor to find out.
    this.session.lose('the process stops');
    await this.lease.release({ handOver: true });
  }

  /** Dates progress when it comes: the business clock may be moved before anybody asks how long nothing has moved. */
  private async watchProgress(signal: AbortSignal): Promise<void> {
    const { session, still } = this;
    while (!signal.aborted) {
      still.lasts(session.state.progressAt);
      await session.pulse.wait(signal);
    }
  }

  private async onTick(): Promise<void> {
    const { session, tools } = this;
    if (session.over.aborted) return;
    if (isGivenUp(session.state, this.still.lasts(session.state.progressAt), tools.policy)) {
      tools.logger.error({ groupId: session.groupId, reason: this.blockedFor }, 'no progress for too long: giving up');
      await session.commit((state) => decideGiveUp(state, tools.policy), 'group');
      // A list that nobody lets us read is not waited for either.
      session.memory.mustReadList &&= !session.state.header?.followed;
      await session.refresh();
    } else await this.recorder.tellStatus();
  }

  private async finish(loops: readonly Promise<void>[]): Promise<void> {
    // One part that fails ends the others: another try begins from the log.
    const parts = loops.map((loop) =>
      loop.catch((error: unknown) => {
        this.noteFailure(error);
        this.session.lose('a part of its work failed');
      }),
    );
    await Promise.all(parts);
    this.session.lose('handed over');
    await this.lease.release({ handOver: this.stopping.signal.aborted });
  }

  private noteFailure(error: unknown): void {
    if (!(error instanceof GroupLostError))
      this.tools.logger.error({ groupId: this.session.groupId, err: error }, 'work on a group failed');
    else this.tools.logger.info({ groupId: this.session.groupId }, `let go of a group: ${error.message}`);
  }
}

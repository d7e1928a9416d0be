import { setTimeout as sleep } from 'node:timers/promises';
import { event, type GroupEvent } from '@multitask/contracts';
import {
  AppendUnclearError,
  FenceRefusedError,
  LogFullError,
  LogUnavailableError,
  splitForAppend,
  type EventLog,
  type Lease,
} from '@multitask/event-log';
import type { Logger } from '@multitask/platform';
import {
  decideCompletion,
  evolve,
  evolveAppended,
  initialGroup,
  isOpen,
  newMemory,
  packReports,
  passUnreadable,
  type HolderMemory,
  type IngestGroup,
  type IngestPolicy,
} from '@multitask/task-group';
import type { IngestMetrics } from '../ingest.metrics';
import { Backoff } from './backoff';
import { LogClock } from './log.clock';
import { Pulse } from './pulse';

export type Decide = (state: IngestGroup) => readonly GroupEvent[];

/** Which of the log's fences an append needs; `group` where no command may be overtaken. */
export type Fence = 'writer' | 'group';

export interface Committed {
  readonly events: readonly GroupEvent[];
  /** Monotonic milliseconds of before the log was asked: no later than its timestamp. */
  readonly askedAt: number;
}

export interface SessionTools {
  readonly log: EventLog;
  readonly policy: IngestPolicy;
  readonly metrics: IngestMetrics;
  readonly logger: Logger;
}

/** Somebody else holds the group now, or it is no longer there to be held. */
export class GroupLostError extends Error {
  override readonly name = 'GroupLostError';
}

/** More events in one append than this are cut into several. */
const eventsPerAppend = 200;

/**
 * One holder's hold on one group: the fold of its log, what only this holder knows, and the only way to append. Appends go one
 * after the other; each is decided on the state it is fenced by, again whenever the log refuses it.
 */
export class GroupSession {
  readonly state: IngestGroup;
  readonly memory: HolderMemory = newMemory();
  readonly pulse = new Pulse();
  private readonly ending = new AbortController();
  private turn: Promise<unknown> = Promise.resolve();
  /** A reading that has not begun yet: it will see everything that is there by then. */
  private refreshing: Promise<void> | undefined;
  private startedSeq = 0;
  private logClock = new LogClock(0);

  private constructor(
    readonly groupId: string,
    private readonly tools: SessionTools,
  ) {
    this.state = initialGroup(groupId);
  }

  /** Folds the group and takes it over; undefined when there is nothing to be done for it. */
  static async takeOver(
    groupId: string,
    holder: string,
    lease: Pick<Lease, 'revision' | 'lost'>,
    tools: SessionTools,
  ): Promise<GroupSession | undefined> {
    const session = new GroupSession(groupId, tools);
    await session.catchUp();
    if (!isOpen(session.state)) return undefined;
    if (lease.lost.aborted) throw new GroupLostError('the lease ended');
    lease.lost.addEventListener('abort', () => session.lose('the lease ended'), { once: true });
    session.memory.mustReadList = session.state.holder !== undefined || session.state.header?.followed === true;
    await session.start(holder, lease.revision);
    tools.metrics.takeovers.inc();
    return isOpen(session.state) ? session : undefined;
  }

  /** Aborted when the group is no longer ours, or complete. */
  get over(): AbortSignal {
    return this.ending.signal;
  }

  /** Unix milliseconds by the log, never ahead of it. */
  logNow(): number {
    return this.logClock.now();
  }

  lose(reason: string): void {
    if (this.ending.signal.aborted) return;
    this.ending.abort(new GroupLostError(reason));
    this.pulse.ring();
  }

  /** Reads what others wrote, such as commands. */
  refresh(): Promise<void> {
    this.refreshing ??= this.inTurn(async () => {
      this.refreshing = undefined;
      await this.patiently(() => this.catchUp());
      await this.completeIfDone();
      this.pulse.ring();
    });
    return this.refreshing;
  }

  /** Appends what `decide` says, if anything. Rejects with {@link GroupLostError} when the group is no longer ours. */
  commit(decide: Decide, fence: Fence = 'writer'): Promise<Committed | undefined> {
    return this.inTurn(async () => {
      const committed = await this.append(decide, fence);
      if (committed) {
        await this.completeIfDone();
        this.pulse.ring();
      }
      return committed;
    });
  }

  private async start(holder: string, revision: number): Promise<void> {
    await this.append((state) => (isOpen(state) ? [event('IngestStarted', { holder, lease_revision: revision })] : []));
    this.startedSeq = this.state.positions.ingest;
    // Read back for the log's own timestamp, and for commands that came in meanwhile.
    for await (const entry of this.tools.log.readGroup(this.groupId, this.state.positions.seen + 1)) {
      if (entry.kind === 'unreadable') passUnreadable(this.state, entry.message.seq);
      else {
        evolve(this.state, entry.event);
        if (entry.event.seq === this.startedSeq) this.logClock = new LogClock(Date.parse(entry.event.time));
      }
    }
    this.checkHolder();
  }

  /** Nobody must be able to say that a group is complete while a command waits in the log. */
  private async completeIfDone(): Promise<void> {
    const decide: Decide = (state) => decideCompletion(state, this.memory);
    if (decide(this.state).length > 0) await this.append(decide, 'group');
    if (isOpen(this.state)) return;
    this.ending.abort(undefined);
  }

  private async append(decide: Decide, fence: Fence = 'writer'): Promise<Committed | undefined> {
    const backoff = new Backoff(100, 5_000);
    for (;;) {
      if (this.ending.signal.aborted) throw this.lostError();
      const events = packReports(decide(this.state));
      if (events.length === 0) return undefined;
      const askedAt = performance.now();
      try {
        for (const portion of events.length > eventsPerAppend ? splitForAppend(events) : [events])
          await this.store(portion, fence);
        return { events, askedAt };
      } catch (error) {
        const reason = reasonOf(error);
        if (!reason) throw error;
        this.tools.metrics.appendsRefused.inc({ reason });
        if (reason !== 'fence') {
          this.tools.logger.warn({ groupId: this.groupId, err: error }, 'the log did not take an append; trying again');
          await sleep(backoff.next());
        }
        await this.patiently(() => this.catchUp());
      }
    }
  }

  private async store(events: readonly GroupEvent[], fence: Fence): Promise<void> {
    const { positions } = this.state;
    const seq = fence === 'group' ? positions.group : positions.ingest;
    const { lastSeq } = await this.tools.log.append(this.groupId, events, { of: fence, seq });
    evolveAppended(this.state, events, { lastSeq, time: this.logClock.timestamp(), complete: fence === 'group' });
    for (const fact of events)
      if (fact.name === 'SurplusRunSeen') this.tools.metrics.surplusRuns.inc({ reason: fact.data.reason });
  }

  /** Reads on from where everything is known. Whatever stands below the asked positions has been seen afterwards. */
  private async catchUp(): Promise<void> {
    const { log } = this.tools;
    const { positions } = this.state;
    const [ingest, group] = [await log.lastSeq(this.groupId, 'ingest'), await log.lastSeq(this.groupId)];
    for await (const entry of log.readGroup(this.groupId, positions.seen + 1)) {
      if (entry.kind === 'event') evolve(this.state, entry.event);
      else {
        passUnreadable(this.state, entry.message.seq);
        this.tools.logger.warn({ groupId: this.groupId, seq: entry.message.seq }, 'passed over an unreadable message');
      }
    }
    if (ingest < positions.ingest) {
      this.lose('the log is not what it was: it was purged or set back');
      throw this.lostError();
    }
    positions.ingest = ingest;
    positions.group = Math.max(positions.group, group);
    this.checkHolder();
  }

  private checkHolder(): void {
    if (this.startedSeq === 0 || !this.state.holder || this.state.holder.seq <= this.startedSeq) return;
    this.lose(`taken over by ${this.state.holder.name}`);
    throw this.lostError();
  }

  /** The log may be away for a while: that is no reason to let go of the group as long as the lease stands. */
  private async patiently(read: () => Promise<void>): Promise<void> {
    const backoff = new Backoff(200, 5_000);
    for (;;)
      try {
        return await read();
      } catch (error) {
        if (!(error instanceof LogUnavailableError)) throw error;
        if (this.ending.signal.aborted) throw this.lostError();
        await sleep(backoff.next());
      }
  }

  private lostError(): GroupLostError {
    const { reason } = this.ending.signal;
    return reason instanceof GroupLostError ? reason : new GroupLostError('the group is complete');
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => undefined);
    return result;
  }
}

function reasonOf(error: unknown): string | undefined {
  if (error instanceof FenceRefusedError) return 'fence';
  if (error instanceof AppendUnclearError) return 'unclear';
  if (error instanceof LogFullError) return 'full';
  if (error instanceof LogUnavailableError) return 'unavailable';
  return undefined;
}

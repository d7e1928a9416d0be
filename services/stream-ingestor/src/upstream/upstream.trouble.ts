import { UpstreamError, UpstreamStreamError } from '@multitask/parallel-client';
import type { Logger } from '@multitask/platform';
import { decideBlock, decideUnblock, isUnfinished, type IngestBlock, type IngestPolicy } from '@multitask/task-group';
import type { GroupSession } from '../group/group.session';

export interface TroubleTools {
  readonly policy: IngestPolicy;
  readonly logger: Logger;
  /** Business time, Unix milliseconds. */
  readonly now: () => number;
}

/** What rows cannot do without. The event stream is no such thing: the list tells whatever it does not. */
export type Need = 'list' | 'purchase';

export interface Failure {
  readonly need: Need;
  /** Monotonic milliseconds of when it was asked. */
  readonly since: number;
  readonly message?: string;
  /** How long the upstream wants to be left alone. */
  readonly afterMs?: number | undefined;
}

/** While blocked, the business clock is looked at this often: a test may move it. */
const lookEveryMs = 1_000;

export const awayMessage = 'Parallel does not answer. Nothing is lost; it is tried again and again.';
export const limitedMessage = 'Parallel takes no more requests at the moment. Nothing is lost; it is tried again.';
const listMessage = 'Parallel’s list of runs cannot be read to its end. Nothing is lost; it is tried again and again.';
const refusedMessage = 'Parallel does not understand our questions. Nothing is lost; it is asked again and again.';

/** What failures of the upstream mean for one group: what readers are told, and when the next try is due. */
export class UpstreamTrouble {
  /** Since when each need has not been met, monotonic milliseconds. */
  private readonly failing = new Map<Need, number>();
  private readsRefused = false;
  private credentialId: string | undefined;

  constructor(
    private readonly session: GroupSession,
    private readonly tools: TroubleTools,
  ) {}

  /** Resolves when buying may be tried. What only says that the upstream is away holds nobody up: tries have their own pauses. */
  async untilBuyingMayBeTried(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.isWaiting((block) => block.reason !== 'upstream_down'))
      await this.session.pulse.wait(signal, lookEveryMs);
  }

  /** Resolves when reading may be tried: at once, unless it was reading that the key was refused for. */
  async untilReadingMayBeTried(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.readsRefused && this.isWaiting((block) => block.reason === 'key_refused'))
      await this.session.pulse.wait(signal, lookEveryMs);
  }

  /** A question was answered; `met` when it was one that rows cannot do without. */
  async readSucceeded(met?: 'list'): Promise<void> {
    if (met) this.failing.delete(met);
    const { state, memory } = this.session;
    // Where something is left to buy, an answered question does not prove that buying is allowed again.
    const nothingToBuy = state.firstUnbought >= state.rows.length && memory.cleared.size === 0;
    if (nothingToBuy) this.failing.delete('purchase');
    const proven: IngestBlock['reason'][] = this.failing.size === 0 ? ['upstream_down'] : [];
    if (this.readsRefused || nothingToBuy) proven.push('key_refused');
    if (nothingToBuy) proven.push('credit');
    this.readsRefused = false;
    await this.lift(proven);
  }

  async purchaseSucceeded(): Promise<void> {
    this.failing.delete('purchase');
    await this.lift(this.failing.size === 0 ? ['upstream_down', 'key_refused', 'credit'] : ['key_refused', 'credit']);
  }

  /**
   * What a failed question means, asked at `since`; answers how long the upstream asked to be left alone, in milliseconds.
   * `need` is left out where nothing depends on the answer.
   */
  async readFailed(error: unknown, since: number, need?: 'list'): Promise<number | undefined> {
    if (error instanceof UpstreamStreamError) {
      if (need) await this.noteFailure({ need, since, message: listMessage });
      return undefined;
    }
    if (!UpstreamError.is(error)) {
      this.tools.logger.warn({ groupId: this.session.groupId, err: error }, 'a question could not be asked');
      return undefined;
    }
    const afterMs = error.details.retryAfter && error.details.retryAfter * 1_000;
    switch (error.kind) {
      case 'key_refused':
      case 'forbidden':
      case 'not_found':
      case 'credit':
        this.readsRefused = true;
        await this.block('key_refused', error.message);
        return undefined;
      default:
        if (need) await this.noteFailure({ need, since, afterMs, message: messages[error.kind] });
        return afterMs;
    }
  }

  /** Something that rows cannot do without failed, and it may be for long. */
  async noteFailure({ need, since, message = awayMessage, afterMs }: Failure): Promise<void> {
    const { policy, now } = this.tools;
    const first = this.failing.get(need) ?? since;
    this.failing.set(need, first);
    const { blocked } = this.session.state;
    const lasted = performance.now() - first >= policy.downToldMs || (afterMs ?? 0) >= policy.downToldMs;
    // Other reasons are closer to what a reader can do; and a next try that was told and has passed is told anew.
    if (!lasted || (blocked && (blocked.reason !== 'upstream_down' || blocked.nextTryAt > now()))) return;
    await this.block('upstream_down', message, afterMs);
  }

  async block(reason: IngestBlock['reason'], message: string, afterMs?: number): Promise<void> {
    await this.session.commit((state) => {
      if (!isUnfinished(state) && state.batches.size === 0) return [];
      const now = this.tools.now();
      // Several parts of a group may meet the same refusal at once: that is one try.
      if (state.blocked?.reason === reason && state.blocked.nextTryAt > now) return [];
      this.tools.logger.warn({ groupId: this.session.groupId, reason }, `blocked: ${message}`);
      return decideBlock(state, { reason, message, afterMs }, now, this.tools.policy);
    });
  }

  private async lift(proven: readonly IngestBlock['reason'][]): Promise<void> {
    if (this.session.state.blocked) await this.session.commit((state) => decideUnblock(state, proven));
  }

  private isWaiting(counts: (block: IngestBlock) => boolean): boolean {
    const { blocked, header } = this.session.state;
    if (header && header.credentialId !== this.credentialId) {
      this.credentialId = header.credentialId;
      this.readsRefused = false;
    }
    return blocked !== undefined && counts(blocked) && blocked.nextTryAt > this.tools.now();
  }
}

const messages: Partial<Record<UpstreamError['kind'], string>> = {
  rate_limited: limitedMessage,
  invalid: refusedMessage,
};

import { UpstreamError, UpstreamStreamError } from '@multitask/parallel-client';
import type { Logger } from '@multitask/platform';
import { decideBlock, decideUnblock, unsettledRows, type IngestBlock, type IngestPolicy } from '@multitask/task-group';
import type { GroupSession } from '../group/group.session';

export interface TroubleTools {
  readonly policy: IngestPolicy;
  readonly logger: Logger;
  /** Business time, Unix milliseconds. */
  readonly now: () => number;
}

/** An upstream that has not answered for this long is told to readers; shorter outages are nobody's concern. */
const toldAfterMs = 60_000;

/** While blocked, the business clock is looked at this often: a test may move it. */
const lookEveryMs = 1_000;

/** What failures of the upstream mean for one group: what readers are told, and when the next try is due. */
export class UpstreamTrouble {
  private unavailableSince: number | undefined;
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

  /** A question was answered. */
  async readSucceeded(): Promise<void> {
    this.unavailableSince = undefined;
    const { state, memory } = this.session;
    // Where something is left to buy, an answered question does not prove that buying is allowed again.
    const nothingToBuy = state.firstUnbought >= state.rows.length && memory.cleared.size === 0;
    const proven: IngestBlock['reason'][] = ['upstream_down'];
    if (this.readsRefused || nothingToBuy) proven.push('key_refused');
    if (nothingToBuy) proven.push('credit');
    this.readsRefused = false;
    await this.lift(proven);
  }

  async purchaseSucceeded(): Promise<void> {
    this.unavailableSince = undefined;
    await this.lift(['upstream_down', 'key_refused', 'credit']);
  }

  /** What a failed question means; answers how long the upstream asked to be left alone, in milliseconds. */
  async readFailed(error: unknown): Promise<number | undefined> {
    if (error instanceof UpstreamStreamError) return undefined;
    if (!UpstreamError.is(error)) {
      this.tools.logger.warn({ groupId: this.session.groupId, err: error }, 'a question could not be asked');
      return undefined;
    }
    switch (error.kind) {
      case 'key_refused':
      case 'forbidden':
      case 'not_found':
      case 'credit':
        this.readsRefused = true;
        await this.block('key_refused', error.message);
        return undefined;
      case 'unavailable':
        await this.noteUnavailable();
        return undefined;
      default:
        return error.details.retryAfter && error.details.retryAfter * 1_000;
    }
  }

  async noteUnavailable(): Promise<void> {
    const now = performance.now();
    this.unavailableSince ??= now;
    if (now - this.unavailableSince >= toldAfterMs && !this.session.state.blocked)
      await this.block('upstream_down', 'Parallel does not answer. Nothing is lost; it is tried again and again.');
  }

  async block(reason: IngestBlock['reason'], message: string): Promise<void> {
    await this.session.commit((state) => {
      if (unsettledRows(state) === 0 && state.batches.size === 0) return [];
      const now = this.tools.now();
      // Several parts of a group may meet the same refusal at once: that is one try.
      if (state.blocked?.reason === reason && state.blocked.nextTryAt > now) return [];
      this.tools.logger.warn({ groupId: this.session.groupId, reason }, `blocked: ${message}`);
      return decideBlock(state, { reason, message }, now, this.tools.policy);
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

import { UpstreamError, UpstreamStreamError } from '@multitask/parallel-client';
import type { Logger } from '@multitask/platform';
import { activeRuns } from '@multitask/task-group';
import type { IngestMetrics } from '../ingest.metrics';
import type { GroupUpstream } from '../upstream/group.upstream';
import type { UpstreamTrouble } from '../upstream/upstream.trouble';
import { Backoff } from './backoff';
import { portions } from './frame.queue';
import { GroupLostError, type GroupSession } from './group.session';
import { pause } from './pause';
import { cursorOf, runsIn, type RunRecorder } from './run.recorder';

export interface FollowerTools {
  readonly session: GroupSession;
  readonly upstream: GroupUpstream;
  readonly trouble: UpstreamTrouble;
  readonly recorder: RunRecorder;
  readonly metrics: IngestMetrics;
  readonly logger: Logger;
  /** Something may have been missed: the list of runs should be read soon. */
  readonly lookAtList: () => void;
}

/** Between the end of one connection and the next, whatever the upstream says: at most one try a second for each group. */
const leastGapMs = 1_000;

/**
 * Follows the upstream's event stream of one group: one at a time, from where the last one was recorded, for as long as runs of
 * ours are active. What it says is a hint; what it does not say is found by the list.
 */
export class StreamFollower {
  /** Where the upstream does not say when to come again; the first wait, shortened by chance, is more than the least. */
  private readonly backoff = new Backoff(1_400, 30_000);

  constructor(private readonly tools: FollowerTools) {}

  async run(signal: AbortSignal): Promise<void> {
    const { session, trouble, metrics } = this.tools;
    while (!signal.aborted) {
      if (activeRuns(session.state) === 0) {
        await session.pulse.wait(signal);
        continue;
      }
      await trouble.untilReadingMayBeTried(signal);
      if (signal.aborted) return;
      const openedAt = performance.now();
      let waitMs: number | undefined;
      let reason = 'ended';
      try {
        const frames = await this.follow(signal);
        if (frames > 0 && performance.now() - openedAt > 10_000) this.backoff.reset();
      } catch (error) {
        if (error instanceof GroupLostError || signal.aborted) return;
        reason = await this.understand(error);
        waitMs = await trouble.readFailed(error, openedAt);
      }
      if (signal.aborted) return;
      const hasMore = activeRuns(session.state) > 0;
      if (hasMore) {
        metrics.streamReconnects.inc({ reason });
        this.tools.lookAtList();
      }
      // Asked to wait, we wait as long as asked, no longer: the stream is what readers see things by.
      await pause(session, Math.max(leastGapMs, waitMs ?? (hasMore ? this.backoff.next() : 0)), signal);
    }
  }

  /** One connection; answers how many frames came. */
  private async follow(signal: AbortSignal): Promise<number> {
    const { session, upstream, recorder, trouble } = this.tools;
    const client = await upstream.client(session.state.header!);
    const leaving = new AbortController();
    const both = AbortSignal.any([signal, leaving.signal]);
    let count = 0;
    try {
      for await (const frames of portions(
        client.groupEvents(session.groupId, { cursor: recorder.cursor, signal: both }),
      )) {
        if (count === 0) await trouble.readSucceeded();
        count += frames.length;
        await recorder.record(runsIn(frames), cursorOf(frames));
        const status = frames.findLast((frame) => frame.kind === 'status');
        // Nothing moves upstream and yet rows have no end here: something was not told.
        if (status && !status.status.is_active && activeRuns(session.state) > 0) this.tools.lookAtList();
      }
      return count;
    } finally {
      leaving.abort();
    }
  }

  private async understand(error: unknown): Promise<string> {
    const { recorder, session, logger } = this.tools;
    if (error instanceof UpstreamStreamError) {
      logger.info({ groupId: session.groupId, reason: error.reason }, `the event stream ended early: ${error.message}`);
      return error.reason;
    }
    if (UpstreamError.is(error) && error.kind === 'invalid' && recorder.cursor !== undefined) {
      // A position it no longer knows: from the start again, which only repeats what is known.
      recorder.cursor = undefined;
      return 'cursor';
    }
    return 'refused';
  }
}

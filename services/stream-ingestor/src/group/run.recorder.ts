import { reportsIn } from '@multitask/contracts';
import type { GroupFrame } from '@multitask/parallel-client';
import { decideRuns, decideStatus, mayEndFollowed, type IngestPolicy, type ObservedRun } from '@multitask/task-group';
import type { IngestMetrics } from '../ingest.metrics';
import type { Committed, GroupSession } from './group.session';

/** Turns what the upstream reports into facts of the log, whether it came over the stream, a list or a single answer. */
export class RunRecorder {
  /** How far the upstream's event stream has been recorded. */
  cursor: string | undefined;

  constructor(
    private readonly session: GroupSession,
    private readonly policy: IngestPolicy,
    private readonly metrics: IngestMetrics,
  ) {
    this.cursor = session.state.reported?.cursor;
  }

  /** Resolves when the facts are on disk. */
  async record(observed: readonly ObservedRun[], cursor?: string): Promise<void> {
    const { session, policy } = this;
    const committed = await session.commit((state) => {
      const { events, missingOutputs, unlisted } = decideRuns(state, observed, policy);
      if (unlisted > 0 || mayEndFollowed(state, events)) this.lookAtList(unlisted);
      for (const runId of missingOutputs) session.memory.missingOutputs.add(runId);
      return events;
    });
    if (cursor !== undefined) this.cursor = cursor;
    for (const { run, output } of observed) if (output) session.memory.missingOutputs.delete(run.run_id);
    if (committed) this.observeLag(committed);
    await this.tellStatus();
  }

  /** Before anybody takes the rows that are there for all of them. */
  private lookAtList(unlisted: number): void {
    const { memory, pulse } = this.session;
    memory.unlisted += unlisted;
    memory.mustReadList = true;
    pulse.ring();
  }

  /** Our own counts, at most once a second; to be called each second, for what changed last. */
  async tellStatus(): Promise<void> {
    const decide = () => decideStatus(this.session.state, this.cursor, this.session.logNow(), this.policy);
    if (!this.session.over.aborted && decide().length > 0) await this.session.commit(decide);
  }

  private observeLag({ events }: Committed): void {
    const now = Date.now();
    for (const { run } of events.flatMap(reportsIn)) {
      const changedAt = Date.parse(run.modified_at ?? '');
      if (!Number.isNaN(changedAt)) this.metrics.lag.observe(Math.max(0, (now - changedAt) / 1_000));
    }
  }
}

/** Reports about runs among some frames. */
export const runsIn = (frames: readonly GroupFrame[]): ObservedRun[] =>
  frames.flatMap((frame) => (frame.kind === 'run' ? [frame] : []));

/** Where to go on after these frames. */
export const cursorOf = (frames: readonly GroupFrame[]): string | undefined =>
  frames.findLast((frame) => frame.cursor !== undefined)?.cursor;

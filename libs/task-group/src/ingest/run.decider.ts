import {
  event,
  limits,
  parseRowKey,
  rowKeyMetadata,
  rowKeyOf,
  type GroupEvent,
  type RowInput,
  type TaskRun,
  type TaskRunOutput,
} from '@multitask/contracts';
import type { RowStatus } from '../view/group-view';
import { advances } from '../view/run-progress';
import type { IngestGroup } from './ingest-group';
import { jsonExceeds } from './event-size';
import { failedRun } from './failed-run';
import type { IngestPolicy } from './policy';

/** A run as a stream or a list of the upstream shows it. */
export interface ObservedRun {
  readonly run: TaskRun;
  readonly output?: TaskRunOutput;
  /** What it was bought with, where that was asked for. */
  readonly input?: RowInput;
  /** Size of the report it came in. */
  readonly bytes?: number;
}

export interface RunDecision {
  readonly events: GroupEvent[];
  /** Completed runs that came without their output: not told to anyone before it is there. */
  readonly missingOutputs: string[];
  /** How many runs were seen that would be rows of a followed group, had their inputs been told. */
  readonly unlisted: number;
}

/**
 * What some reports add to what the log says. Reports may be repeated, replayed, out of order, about runs of ours or not: only
 * what moves a run of ours forward becomes a fact, and every stranger is told once.
 */
export function decideRuns(state: IngestGroup, observed: readonly ObservedRun[], policy: IngestPolicy): RunDecision {
  const sight = new Sight(state, policy);
  for (const report of observed) sight.see(report);
  return sight.decision();
}

/** One look at several reports: each is judged in the light of those before it. */
class Sight {
  private readonly adopted = new Map<string, number>();
  private readonly adoptedRows = new Set<number>();
  private readonly statuses = new Map<string, RowStatus>();
  private readonly strangers = new Set<string>();
  private readonly additions = new Map<number, { key: string; run_id: string }[]>();
  private readonly followed: { run_id: string; input: RowInput }[] = [];
  private readonly rest: GroupEvent[] = [];
  private unlisted = 0;
  private readonly missing = new Set<string>();

  constructor(
    private readonly state: IngestGroup,
    private readonly policy: IngestPolicy,
  ) {}

  see(report: ObservedRun): void {
    const { run } = report;
    const number = this.state.runs.get(run.run_id) ?? this.adopted.get(run.run_id) ?? this.adopt(report);
    if (number === undefined) return;
    const row = this.state.rows[number];
    const adopted = this.adopted.has(run.run_id);
    if (!adopted && row?.runId !== run.run_id) return;
    // A row that was cancelled or refused on its way lives on as queued when it turns out to have been bought.
    const known = adopted || !row ? 'queued' : row.status;
    this.advance(report, rowKeyOf(number, row?.attempt ?? 1), this.statuses.get(run.run_id) ?? known);
  }

  decision(): RunDecision {
    const added = [...this.additions].map(([batch, runs]) => event('RunsAdded', { batch, runs }));
    const first_row = this.state.rows.length;
    const followed = this.followed.length > 0 ? [event('RunsFollowed', { first_row, runs: this.followed })] : [];
    const { unlisted } = this;
    return { events: [...added, ...followed, ...this.rest], missingOutputs: [...this.missing], unlisted };
  }

  /** A run we did not know: bought by us in a request whose answer was lost, a second one for a row, or somebody else's. */
  private adopt({ run, input }: ObservedRun): number | undefined {
    if (this.state.header?.followed) return this.follow(run.run_id, input);
    const key = run.metadata?.[rowKeyMetadata];
    const parsed = parseRowKey(key);
    const row = parsed && this.state.rows[parsed.row];
    if (!parsed || !row || parsed.attempt > row.attempt) return this.tell(run.run_id, 'foreign');
    const taken = row.runId !== null || this.adoptedRows.has(parsed.row) || parsed.attempt < row.attempt;
    if (taken) return this.tell(run.run_id, 'duplicate', String(key));
    const batch = row.batch || Math.max(1, this.state.lastBatch);
    this.additions.set(batch, [...(this.additions.get(batch) ?? []), { key: String(key), run_id: run.run_id }]);
    this.adopted.set(run.run_id, parsed.row);
    this.adoptedRows.add(parsed.row);
    return parsed.row;
  }

  /** Every run of a followed group is a row of it. */
  private follow(runId: string, input: RowInput | undefined): number | undefined {
    const number = this.state.rows.length + this.followed.length;
    // Beyond the largest group there is: told once, because telling each of a million would be a log of its own.
    if (number >= limits.rows)
      return this.state.surplus.size + this.strangers.size > 0 ? undefined : this.tell(runId, 'foreign');
    if (input === undefined) {
      this.unlisted++;
      return undefined;
    }
    this.followed.push({ run_id: runId, input });
    this.adopted.set(runId, number);
    return number;
  }

  private tell(runId: string, reason: 'foreign' | 'duplicate', key?: string): undefined {
    if (this.state.surplus.has(runId) || this.strangers.has(runId)) return;
    this.strangers.add(runId);
    this.rest.push(event('SurplusRunSeen', { run_id: runId, reason, ...(key && { key }) }));
  }

  private advance({ run, output, bytes }: ObservedRun, key: string, status: RowStatus): void {
    if (!advances(status, run.status)) return;
    // What others wrote into the metadata of a group that we only follow is no word of ours.
    const claimed = this.state.header?.followed ? undefined : run.metadata?.[rowKeyMetadata];
    if (claimed !== undefined && claimed !== null && claimed !== key)
      // Never another row's answer: better a failed row that can be retried.
      return this.update(key, failedRun(run, 'upstream_failed', 'Parallel assigned this run to another row.'));
    if (run.status !== 'completed') return this.update(key, run);
    // Counted here and not only where it came in: a result may come by the stream, by a list or alone.
    const tooLarge =
      (bytes ?? 0) > this.policy.resultBytes || jsonExceeds({ key, run, output }, this.policy.resultBytes);
    if (tooLarge)
      return this.update(
        key,
        failedRun(run, 'too_large', `The result is larger than ${this.policy.resultBytes} bytes.`),
      );
    if (!output) return void this.missing.add(run.run_id);
    this.missing.delete(run.run_id);
    this.update(key, run, output);
  }

  private update(key: string, run: TaskRun, output?: TaskRunOutput): void {
    this.statuses.set(run.run_id, run.status);
    this.rest.push(event('RunUpdated', { key, run, ...(output && { output }) }));
  }
}

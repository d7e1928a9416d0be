import { rowKeyMetadata, type RowKey, type TaskRun } from '@multitask/contracts';
import type { HolderMemory, IngestPolicy } from '@multitask/task-group';

/** A request the upstream took, of which it is not yet known which run is whose. */
interface PendingJoin {
  readonly batch: number;
  readonly keys: readonly RowKey[];
  readonly runIds: readonly string[];
  readonly since: number;
}

/**
 * Joins the runs of an accepted request to their rows. The answer holds run ids alone, and no text promises their order, so the
 * first request of a group is joined by the row keys in the runs' metadata; if the order was that of the inputs, later ones are
 * taken at their word.
 */
export class RunJoining {
  /** A request is under way: what it comes to is about to be known, and nobody need look for it. */
  requestUnderWay = false;
  private pending: PendingJoin | undefined;

  constructor(
    private readonly memory: HolderMemory,
    private readonly policy: IngestPolicy,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get isPending(): boolean {
    return this.pending !== undefined;
  }

  start(batch: number, keys: readonly RowKey[], runIds: readonly string[]): void {
    this.pending = { batch, keys, runIds, since: this.now() };
  }

  /** Learns from a list of runs whose reports have been recorded. What the answer did not name is not for us to wait for. */
  learn(runs: Iterable<TaskRun>): void {
    const pending = this.pending;
    if (!pending) return;
    const keyOf = new Map([...runs].map((run) => [run.run_id, run.metadata?.[rowKeyMetadata]]));
    const known = pending.runIds.filter((id) => keyOf.has(id));
    if (known.length === pending.keys.length && pending.keys.length > 1) {
      const inOrder = pending.keys.every((key, i) => keyOf.get(pending.runIds[i]!) === key);
      this.memory.pairing = inOrder ? 'in-order' : 'unordered';
    }
    if (known.length === pending.runIds.length) this.pending = undefined;
  }

  /**
   * Gives up joining by key when the upstream should have listed the runs and has not: the order of the answer is then the best
   * there is. A report whose key says otherwise ends that row with a reason, so no row ever shows another's answer.
   */
  fallBack(): { batch: number; runs: { key: RowKey; run_id: string }[] } | undefined {
    const pending = this.pending;
    if (!pending || this.now() - pending.since < this.policy.listedWithinMs) return undefined;
    this.pending = undefined;
    // Fewer ids than rows: the rest is for the readings that prove absence.
    if (pending.runIds.length !== pending.keys.length) return undefined;
    const runs = pending.keys.map((key, i) => ({ key, run_id: pending.runIds[i]! }));
    return { batch: pending.batch, runs };
  }
}

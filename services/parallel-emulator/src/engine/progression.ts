import type { Database } from '../store/database';
import type { TaskGroupRepository } from '../store/task-group.repository';
import type { PlannedRun, TaskRunRepository } from '../store/task-run.repository';
import { isActive, type RunStatus } from '../wire/task-run';
import { groupStatus, type GroupRecord } from '../wire/task-group';
import type { AccountLedger } from './account.ledger';
import type { EmulatorClock } from './emulator.clock';
import type { GroupLog } from './group.log';
import type { RunAcceptance } from './run.acceptance';
import type { RunEnding } from './run.ending';
import type { Signals } from './signals';

/** 200 ends with their answers take about 30 ms here: short enough for streams to be served in between. */
const runsPerStep = 200;

/** Moves due runs on: listed, then running, then ended. */
export class Progression {
  constructor(
    private readonly db: Database,
    private readonly groups: TaskGroupRepository,
    private readonly runs: TaskRunRepository,
    private readonly log: GroupLog,
    private readonly endings: RunEnding,
    private readonly accounts: AccountLedger,
    private readonly acceptance: RunAcceptance,
    private readonly signals: Signals,
    private readonly clock: EmulatorClock,
  ) {}

  /** One bounded step; returns the milliseconds until the next one is due, or undefined when nothing is. */
  step(): number | undefined {
    const now = this.clock.now();
    const due = this.runs.due(now, runsPerStep);
    if (due.length > 0) this.advance(due, now);
    if (due.length === runsPerStep) return 0;
    const next = this.runs.nextDueAt();
    return next === undefined ? undefined : Math.max(0, next - this.clock.now());
  }

  private advance(due: readonly PlannedRun[], now: number): void {
    const touched = new Map<string, { group: GroupRecord }>();
    this.db.transaction(() => {
      for (const run of due) {
        const entry = run.groupId === null ? undefined : this.entryOf(touched, run.groupId);
        if (entry && run.ordinal === null) this.list(run, entry);
        else this.move(run, now, entry);
      }
      for (const { group } of touched.values()) this.log.status(group);
    });
    for (const run of due) this.signals.wake(run.runId);
    for (const [groupId, { group }] of touched) {
      this.log.announce(groupId);
      if (!groupStatus(group).is_active) this.acceptance.release(groupId);
    }
  }

  private list(run: PlannedRun, entry: { group: GroupRecord }): void {
    const ordinal = entry.group.lastOrdinal + 1;
    this.runs.list(run, ordinal);
    const counts = { ...entry.group.counts, queued: (entry.group.counts.queued ?? 0) + 1 };
    entry.group = { ...entry.group, counts, lastOrdinal: ordinal };
  }

  private move(run: PlannedRun, now: number, entry: { group: GroupRecord } | undefined): void {
    const status = run.status === 'queued' ? this.begin(run, now) : this.end(run, now);
    if (!entry) return;
    entry.group = this.log.moved(entry.group, run.status, status);
    if (!isActive(status)) entry.group = this.log.ended(entry.group, run.runId);
  }

  private begin(run: PlannedRun, now: number): RunStatus {
    this.runs.start(run, now);
    return 'running';
  }

  private end(run: PlannedRun, now: number): RunStatus {
    const outcome = this.endings.outcomeOf(run);
    this.runs.finish(run, now, outcome);
    this.accounts.settle(run.owner, run.processor, outcome.status === 'completed');
    return outcome.status;
  }

  private entryOf(touched: Map<string, { group: GroupRecord }>, groupId: string) {
    let entry = touched.get(groupId);
    if (!entry) touched.set(groupId, (entry = { group: this.groups.find(groupId)! }));
    return entry;
  }
}

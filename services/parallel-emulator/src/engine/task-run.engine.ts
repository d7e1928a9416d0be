import type { Occasion } from '../faults/fault.book';
import type { AcceptedRun } from '../intake/run.intake';
import type { Database } from '../store/database';
import type { PlannedRun, TaskRunRepository } from '../store/task-run.repository';
import { noResult, stillActive, unknownRun } from '../wire/api-error';
import { isActive, taskRun, type TaskRun } from '../wire/task-run';
import type { AccountLedger } from './account.ledger';
import type { EmulatorClock } from './emulator.clock';
import type { RunAcceptance } from './run.acceptance';
import type { Signals } from './signals';

/** Single runs, and the answers of all. */
export class TaskRunEngine {
  constructor(
    private readonly db: Database,
    private readonly runs: TaskRunRepository,
    private readonly acceptance: RunAcceptance,
    private readonly accounts: AccountLedger,
    private readonly signals: Signals,
    private readonly clock: EmulatorClock,
    private readonly onWork: () => void,
  ) {}

  create(owner: string, accepted: AcceptedRun, betas: readonly string[], occasion: Occasion): TaskRun {
    this.acceptance.checkReferences(owner, [accepted], () => ['body']);
    const runId = this.db.transaction(() => {
      this.accounts.reserve(owner, [accepted.input.processor]);
      const order = { owner, groupId: null, ordinal: null, accepted, betas, occasion };
      // No counter spans single runs; their number in the file seeds their plan well enough.
      return this.acceptance.accept({ ...order, acceptedAs: this.runs.total() + 1, visibleAt: this.clock.now() });
    });
    this.onWork();
    return taskRun(this.find(owner, runId));
  }

  /** The run of this key, and of this group if one is named. */
  find(owner: string, runId: string, groupId?: string): PlannedRun {
    const run = this.runs.find(runId);
    if (run?.owner !== owner || (groupId !== undefined && run.groupId !== groupId)) throw unknownRun();
    return run;
  }

  /** Waits for the end of a run; 408 when `seconds` pass first, 404 when it did not complete. */
  async result(owner: string, runId: string, seconds: number, closed: AbortSignal) {
    const until = performance.now() + seconds * 1_000;
    for (;;) {
      const run = this.runs.find(runId);
      if (run?.owner !== owner) throw noResult();
      if (run.status === 'completed') return { run: taskRun(run), output: this.runs.outputOf(runId) };
      if (!isActive(run.status)) throw noResult();
      if ((await this.signals.wait(runId, until - performance.now(), closed)) !== 'signal') throw stillActive();
    }
  }
}

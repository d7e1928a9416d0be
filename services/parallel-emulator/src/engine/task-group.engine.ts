import type { FaultBook, Occasion } from '../faults/fault.book';
import type { AcceptedRun } from '../intake/run.intake';
import { seededRandom } from '../research/random';
import type { Database } from '../store/database';
import type { TaskGroupRepository } from '../store/task-group.repository';
import { unknownGroup } from '../wire/api-error';
import { cursorBefore } from '../wire/cursor';
import { groupStatus, taskGroup, type GroupRecord } from '../wire/task-group';
import type { Metadata } from '../wire/task-run';
import type { AccountLedger } from './account.ledger';
import type { EmulatorClock } from './emulator.clock';
import type { GroupLog } from './group.log';
import type { Ids } from './ids';
import type { RunAcceptance } from './run.acceptance';

export interface Batch {
  readonly runs: readonly AcceptedRun[];
  readonly betas: readonly string[];
  readonly occasion: Occasion;
}

/** Groups and what is added to them. */
export class TaskGroupEngine {
  constructor(
    private readonly db: Database,
    private readonly groups: TaskGroupRepository,
    private readonly log: GroupLog,
    private readonly acceptance: RunAcceptance,
    private readonly accounts: AccountLedger,
    private readonly faults: FaultBook,
    private readonly clock: EmulatorClock,
    private readonly ids: Ids,
    private readonly onWork: () => void,
  ) {}

  create(owner: string, metadata: Metadata | null) {
    const groupId = this.ids.group();
    this.groups.create({ groupId, owner, metadata, createdAt: this.clock.now() });
    return taskGroup(this.find(owner, groupId));
  }

  /** The group of this key; a foreign group does not exist for it. */
  find(owner: string, groupId: string): GroupRecord {
    const group = this.groups.find(groupId);
    if (group?.owner !== owner) throw unknownGroup();
    return group;
  }

  addRuns(owner: string, groupId: string, { runs, betas, occasion }: Batch) {
    const before = this.find(owner, groupId);
    this.acceptance.checkReferences(owner, runs, (index) => ['body', 'inputs', index]);
    const partial = this.faults.take('accept_partially', occasion);
    const kept = partial ? runs.slice(0, partial.accept) : runs;
    const hide = this.faults.take('hide_runs', occasion);
    const foreign = this.faults.take('foreign_runs', occasion);
    const now = this.clock.now();
    const visibleAt = now + (hide?.seconds ?? 0) * 1_000;

    const { runIds, group } = this.db.transaction(() => {
      this.accounts.reserve(
        owner,
        kept.map((run) => run.input.processor),
      );
      const order = { owner, groupId, betas, occasion };
      const ids = kept.map((accepted, i) => {
        const ordinal = hide ? null : before.lastOrdinal + i + 1;
        return this.acceptance.accept({ ...order, accepted, ordinal, visibleAt, acceptedAs: before.accepted + i + 1 });
      });
      const listed = hide ? 0 : ids.length;
      const accepted = before.accepted + ids.length;
      const template = runs[0];
      // A foreign run is listed by the scheduler a moment later, as if somebody else had added it.
      for (let i = 0; template && foreign && i < foreign.count; i++)
        this.acceptance.accept({
          ...order,
          accepted: template,
          ordinal: null,
          visibleAt: now + foreign.after_seconds * 1_000,
          acceptedAs: accepted + i + 1,
          foreign: { metadata: foreign.metadata },
        });
      const total = accepted + (template && foreign ? foreign.count : 0);
      return { runIds: ids, group: this.log.listed({ ...before, accepted: total }, listed) };
    });
    this.log.announce(groupId);
    this.onWork();
    const shuffled = this.faults.take('shuffle_run_ids', occasion) ? shuffle(runIds, groupId) : runIds;
    return {
      status: groupStatus(group),
      run_ids: shuffled,
      run_cursor: cursorBefore('runs', before.lastOrdinal),
      event_cursor: cursorBefore('events', before.lastEvent),
    };
  }
}

function shuffle<T>(values: readonly T[], seed: string): T[] {
  const random = seededRandom(seed, 'shuffle');
  return values
    .map((value) => ({ value, weight: random.next() }))
    .toSorted((a, b) => a.weight - b.weight)
    .map(({ value }) => value);
}

import type { LedgerRepository } from '../store/ledger.repository';
import type { TaskGroupRepository } from '../store/task-group.repository';
import { cursorOf } from '../wire/cursor';
import { groupStatus, recount, type GroupRecord } from '../wire/task-group';
import type { RunStatus } from '../wire/task-run';
import type { EmulatorClock } from './emulator.clock';
import type { Signals } from './signals';

/** The append-only log of each group. Callers hold the transaction and save what these functions return. */
export class GroupLog {
  constructor(
    private readonly groups: TaskGroupRepository,
    private readonly ledger: LedgerRepository,
    private readonly signals: Signals,
    private readonly clock: EmulatorClock,
  ) {}

  /** `count` further runs became visible as `queued`; writes the group and, if anything changed, its status. */
  listed(group: GroupRecord, count: number): GroupRecord {
    const counts = count > 0 ? { ...group.counts, queued: (group.counts.queued ?? 0) + count } : group.counts;
    const next = { ...group, counts, lastOrdinal: group.lastOrdinal + count };
    return count > 0 ? this.status(next) : this.save(next);
  }

  /** A run moved on; its end is an event of its own. Does not write the group. */
  moved(group: GroupRecord, from: RunStatus, to: RunStatus): GroupRecord {
    return { ...group, counts: recount(group.counts, from, to) };
  }

  ended(group: GroupRecord, runId: string): GroupRecord {
    const seq = group.lastEvent + 1;
    this.groups.append(group.groupId, { seq, at: this.clock.now(), runId, status: null });
    const event = { type: 'task_run.state', event_id: cursorOf('events', seq) };
    this.ledger.add({ kind: 'event', group: group.groupId, run: runId, ...event });
    return { ...group, lastEvent: seq };
  }

  /** Appends the group's present counts and writes the group. */
  status(group: GroupRecord): GroupRecord {
    const seq = group.lastEvent + 1;
    const next = { ...group, lastEvent: seq, modifiedAt: this.clock.now() };
    const status = groupStatus(next);
    this.groups.append(group.groupId, { seq, at: next.modifiedAt, runId: null, status });
    const event = { type: 'task_group_status', event_id: cursorOf('events', seq), status };
    this.ledger.add({ kind: 'event', group: group.groupId, ...event });
    return this.save(next);
  }

  /** Tells waiting streams that there is news; after the transaction. */
  announce(groupId: string): void {
    this.signals.wake(groupId);
  }

  private save(group: GroupRecord): GroupRecord {
    this.groups.save(group);
    return group;
  }
}

import type { GroupRecord, TaskGroupStatus } from '../wire/task-group';
import type { Metadata } from '../wire/task-run';
import { json, parsed, type Database, type Row } from './database';

/** An entry of a group's append-only log: the end of a run, or a change of the counts. */
export interface GroupEvent {
  readonly seq: number;
  readonly at: number;
  readonly runId: string | null;
  readonly status: TaskGroupStatus | null;
}

export class TaskGroupRepository {
  constructor(private readonly db: Database) {}

  create(group: Pick<GroupRecord, 'groupId' | 'owner' | 'metadata' | 'createdAt'>): void {
    this.db.run(
      'INSERT INTO task_group (group_id, owner, metadata, created_at, modified_at) VALUES (?, ?, ?, ?, ?)',
      group.groupId,
      group.owner,
      json(group.metadata),
      group.createdAt,
      group.createdAt,
    );
  }

  find(groupId: string): GroupRecord | undefined {
    const row = this.db.get('SELECT * FROM task_group WHERE group_id = ?', groupId);
    return row && toGroup(row);
  }

  save(group: GroupRecord): void {
    this.db.run(
      `UPDATE task_group SET modified_at = ?, accepted = ?, last_ordinal = ?, last_event = ?, counts = ? WHERE group_id = ?`,
      group.modifiedAt,
      group.accepted,
      group.lastOrdinal,
      group.lastEvent,
      JSON.stringify(group.counts),
      group.groupId,
    );
  }

  append(groupId: string, event: GroupEvent): void {
    this.db.run(
      'INSERT INTO group_event (group_id, seq, run_id, status, at) VALUES (?, ?, ?, ?, ?)',
      groupId,
      event.seq,
      event.runId,
      json(event.status),
      event.at,
    );
  }

  eventsAfter(groupId: string, seq: number, limit: number): GroupEvent[] {
    return this.db
      .all('SELECT * FROM group_event WHERE group_id = ? AND seq > ? ORDER BY seq LIMIT ?', groupId, seq, limit)
      .map((row) => ({
        seq: Number(row.seq),
        at: Number(row.at),
        runId: row.run_id as string | null,
        status: parsed<TaskGroupStatus>(row.status!),
      }));
  }
}

const toGroup = (row: Row): GroupRecord => ({
  groupId: String(row.group_id),
  owner: String(row.owner),
  metadata: parsed<Metadata>(row.metadata),
  createdAt: Number(row.created_at),
  modifiedAt: Number(row.modified_at),
  accepted: Number(row.accepted),
  lastOrdinal: Number(row.last_ordinal),
  lastEvent: Number(row.last_event),
  counts: JSON.parse(String(row.counts)) as GroupRecord['counts'],
});

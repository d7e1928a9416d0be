import type { GroupHeader, GroupView, RowView } from '@multitask/task-group';

/** Position of a snapshot: everything of the group's partition up to `seq` is in it, nothing above. */
export interface SnapshotPosition {
  readonly incarnation: string;
  readonly seq: number;
}

export interface GroupSnapshot {
  readonly position: SnapshotPosition;
  readonly view: GroupView;
}

export interface HeaderSnapshot {
  readonly position: SnapshotPosition;
  readonly header: GroupHeader;
}

/**
 * A group at one instant, read piece by piece: however long that takes, no row is of another instant. It holds a connection and
 * a snapshot of the database until it is closed, so it must not wait for anybody's client.
 */
export interface OpenSnapshot extends HeaderSnapshot {
  /** Rows from number `from` on, at most `limit`; fewer than that when there are no more. */
  read(from: number, limit: number): Promise<RowView[]>;
  /** May be called again. */
  close(): Promise<void>;
}

/** How readers look at the read model. Every answer comes from one statement or one database snapshot. */
export interface GroupReader {
  /** Header and all rows in row order; undefined for a group the projector has not seen. Expired groups have no rows. */
  snapshot(groupId: string): Promise<GroupSnapshot | undefined>;
  header(groupId: string): Promise<HeaderSnapshot | undefined>;
  /** Rows `from`…`from + limit - 1`, with the header of the same instant. */
  page(groupId: string, from: number, limit: number): Promise<GroupSnapshot | undefined>;
  /** For groups that are too long to be read at once. {@link OpenSnapshot.close} must follow. */
  open(groupId: string): Promise<OpenSnapshot | undefined>;
  rowByRunId(runId: string): Promise<{ header: GroupHeader; row: RowView } | undefined>;
  /** How far the group's partition has been projected; undefined before the projector ever ran. */
  position(groupId: string): Promise<SnapshotPosition | undefined>;
}

import type { FlatRow, GroupHead, GroupStatus, TaskRun } from '../group/results';
import type { StreamEvent } from './stream.events';

/** A row as the stream told it last. */
export interface ViewedRow {
  readonly row: number;
  readonly attempt: number;
  /** Null as long as the row is not bought. */
  readonly run: TaskRun | null;
  readonly result: FlatRow;
  readonly error: { readonly message?: string | null } | null;
}

/**
 * What a reader knows of a group: the fold of its stream. Events of `eager` readers may be applied twice without harm. Between
 * `snapshot_start` and `snapshot_end` it is incomplete.
 */
export class GroupView {
  head: GroupHead | undefined;
  status: GroupStatus | undefined;
  /** Of the newest generation that is done; 0 as long as none is. */
  completedGeneration = 0;
  expired: { readonly reason: string } | undefined;
  /** Why the stream is not live at the moment. */
  notice: string | null = null;
  private readonly rowsByNumber = new Map<number, ViewedRow>();

  /** In input order. */
  get rows(): ViewedRow[] {
    return [...this.rowsByNumber.values()].sort((a, b) => a.row - b.row);
  }

  apply(event: StreamEvent): void {
    switch (event.type) {
      case 'reset':
        this.head = undefined;
        this.status = undefined;
        this.completedGeneration = 0;
        this.rowsByNumber.clear();
        return;
      case 'snapshot_start':
        this.head = event.group;
        this.status = event.group.status;
        this.completedGeneration = 0;
        this.rowsByNumber.clear();
        return;
      case 'rows':
        for (const { row, attempt, result, error } of event.rows)
          this.rowsByNumber.set(row, { row, attempt, run: null, result, error });
        return;
      case 'task_run.state': {
        const { row, attempt, run, result } = event;
        this.rowsByNumber.set(row, { row, attempt, run, result, error: run.error ?? null });
        return;
      }
      case 'task_group_status':
        this.status = event.status;
        return;
      case 'task_group.completed':
        this.completedGeneration = event.generation;
        return;
      case 'task_group.expired':
        this.expired = { reason: event.reason };
        return;
      case 'notice':
        this.notice = event.message;
        return;
    }
  }
}

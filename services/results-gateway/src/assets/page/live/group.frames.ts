import type { Answer, RunFrame, StatusJson, UnboughtRow } from '../data/answer';
import { rowOfRun, rowOfUnbought, type Row } from '../data/row';
import type { StreamFrame } from './frame.parser';

/** What the frames of a group's stream do to the page. */
export interface GroupListener {
  snapshot(rows: number, group: Answer): void;
  row(row: Row): void;
  status(status: StatusJson): void;
  completed(): void;
  expired(reason: string): void;
  /** Why it is not live at the moment; null when it is again. */
  notice(message: string | null): void;
}

/** Frames of other names are ignored, as the protocol asks. */
export function applyFrame({ event, data }: StreamFrame, group: GroupListener): void {
  const told = (): unknown => JSON.parse(data);
  switch (event) {
    case 'snapshot_start': {
      const { rows, group: head } = told() as { rows: number; group: Answer };
      return group.snapshot(rows, head);
    }
    case 'rows':
      for (const row of (told() as { rows: UnboughtRow[] }).rows) group.row(rowOfUnbought(row));
      return;
    case 'task_run.state':
      return group.row(rowOfRun(told() as RunFrame));
    case 'task_group_status':
      return group.status((told() as { status: StatusJson }).status);
    case 'task_group.completed':
      return group.completed();
    case 'task_group.expired':
      return group.expired((told() as { reason: string }).reason);
    case 'notice':
      return group.notice((told() as { message: string | null }).message);
  }
}

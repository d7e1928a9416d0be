import { parseRowKey, reportsIn, type RecordedEvent } from '@multitask/contracts';
import type { GroupView, RowView } from './group-view';

/** The rows that `event`, the last one applied to `view`, really changed, in row order. */
export function changedRows(view: GroupView, event: RecordedEvent): RowView[] {
  const changed = candidates(view, event).filter((row) => row?.updatedSeq === event.seq);
  return [...new Set(changed as RowView[])].sort((a, b) => a.row - b.row);
}

function candidates(view: GroupView, event: RecordedEvent): (RowView | undefined)[] {
  switch (event.name) {
    case 'RunUpdated':
    case 'RunsUpdated':
      return reportsIn(event).map(({ key }) => rowOf(view, key));
    case 'RunsAdded':
    case 'RunsRejected':
      return event.data.runs.map(({ key }) => rowOf(view, key));
    case 'RetryRequested':
      return event.data.rows.map((row) => view.rows[row]);
    case 'InputsAppended':
    case 'RunsFollowed':
      return view.rows.slice(event.data.first_row);
    case 'GroupCreated':
    case 'CancelRequested':
    case 'DeleteRequested':
      return view.rows;
    default:
      return [];
  }
}

const rowOf = (view: GroupView, key: string): RowView | undefined => view.rows[parseRowKey(key)?.row ?? -1];

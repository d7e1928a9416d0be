import type { EventOf, RecordedEvent } from '@multitask/contracts';
import { changedRows, type GroupHeader, type GroupView } from '@multitask/task-group';
import { statusJson } from '../group/status';
import type { Frame } from './frame';
import { rowFrames } from './row.frames';

/**
 * What a reader is told of one event, from the view right after it. Depends on nothing else, so every replica says the same
 * under the same id. Empty when the event changed nothing that a reader can see.
 */
export function framesOf(view: GroupView, event: RecordedEvent): Frame[] {
  switch (event.name) {
    case 'RunUpdated':
    case 'RunsUpdated':
    case 'RunsAdded':
    case 'RunsFollowed':
    case 'RunsRejected': {
      const rows = changedRows(view, event);
      return rows.length > 0 ? [...rowFrames(rows, view), statusFrame(view)] : [];
    }
    case 'GroupCreated':
    case 'InputsAppended':
    case 'RetryRequested':
    case 'CancelRequested':
    case 'DeleteRequested':
      return [...rowFrames(changedRows(view, event), view), statusFrame(view)];
    case 'GroupBlocked':
    case 'GroupUnblocked':
      return [statusFrame(view)];
    case 'GroupCompleted':
      // A repeated end moves nothing: the one that counted set the time.
      return view.completedAt === event.time ? [statusFrame(view), completedFrame(view)] : [];
    case 'GroupExpired':
      return [expiredFrame(event)];
    default:
      return [];
  }
}

export const statusFrame = (header: GroupHeader): Frame => ({
  event: 'task_group_status',
  data: { status: statusJson(header) },
});

export const completedFrame = (header: GroupHeader): Frame => ({
  event: 'task_group.completed',
  data: { taskgroup_id: header.groupId, generation: header.completedGeneration, counts: header.counts },
});

const expiredFrame = ({ groupId, data }: EventOf<'GroupExpired'> & RecordedEvent): Frame => ({
  event: 'task_group.expired',
  data: { taskgroup_id: groupId, reason: data.reason, expired_at: data.expired_at },
});

/** The stream ends here on purpose; only a reconnect is answered 204. */
export const closedFrame: Frame = { event: 'closed', data: { reason: 'completed' } };

/** Forget everything: a fresh snapshot follows. */
export const resetFrame: Frame = { event: 'reset', data: { reason: 'position_unknown' } };

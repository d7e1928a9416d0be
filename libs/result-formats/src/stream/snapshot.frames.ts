import { isActive, type GroupView } from '@multitask/task-group';
import { resultHead } from '../json/result.json';
import { completedFrame, statusFrame } from './event.frames';
import { encodeFrame, type Frame } from './frame';
import { rowFrames } from './row.frames';

function* frames(view: GroupView): Generator<Frame> {
  const { event_id: _, ...group } = resultHead(view, null);
  yield { event: 'snapshot_start', data: { taskgroup_id: view.groupId, group, rows: view.rowCount } };
  yield* rowFrames(
    view.rows.filter((row) => row.runId === null),
    view,
  );
  yield* rowFrames(
    view.rows.filter((row) => row.runId !== null),
    view,
  );
  yield statusFrame(view);
  if (!isActive(view)) yield completedFrame(view);
}

/**
 * The whole group on the wire, frame by frame. Only the last frame has an id: a reader that was cut before it starts again,
 * one that has it goes on from there.
 */
export function* snapshotFrames(view: GroupView, eventId: string): Generator<string> {
  for (const frame of frames(view)) yield encodeFrame(frame);
  yield encodeFrame({ event: 'snapshot_end', data: { taskgroup_id: view.groupId } }, eventId);
}

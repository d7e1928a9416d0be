import type { ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { eventually, GroupStory, storyGroupId } from '@multitask/testing';
import { applyToView, emptyFold } from '@multitask/task-group';
import type { RecordedEvent } from '@multitask/contracts';
import { EntryRing } from './entry.ring';
import type { GroupTail, TailListener } from './group.tail';
import { ReaderConnection } from './reader.connection';
import { RunReader } from './run.reader';
import type { TailRegistry } from './tail.registry';

/** A group whose first row runs, as a tail has it that keeps 1,000 bytes. */
function open() {
  const fold = emptyFold(storyGroupId);
  const story = new GroupStory().created(['a', 'b']).bought([0, 1]);
  for (const event of story.events) applyToView(fold, event as RecordedEvent);
  const view = fold.view!;
  const ring = new EntryRing(view.seq, 1_000);
  let listener: TailListener | undefined;
  const tail = {
    ring,
    snapshot: () => Promise.resolve({ view }),
    row: (row: number) => view.rows[row],
    listen: (given: TailListener) => ((listener = given), () => undefined),
  } as unknown as GroupTail;
  const tails = { open: () => Promise.resolve(tail) } as unknown as TailRegistry;
  const response = new PassThrough({ highWaterMark: 10 });
  const connection = new ReaderConnection(response as unknown as ServerResponse);
  const run = { groupId: storyGroupId, row: 0, runId: view.rows[0]!.runId! };
  const push = (row: number, text: string) => {
    const bytes = Buffer.from(text);
    ring.push({ seq: view.seq + 1 + ring.end, bytes, frames: 1, rows: [{ row, bytes }] });
    listener?.advanced();
  };
  const read = () => response.setEncoding('utf8');
  return {
    view,
    push,
    read,
    response,
    connection,
    listening: () => listener !== undefined,
    done: new RunReader(run, connection, tails).run(),
  };
}

describe('a reader of one run', () => {
  it('is told its changes and no others', async () => {
    const { push, read, listening, connection, done } = open();
    let told = '';
    read().on('data', (text: string) => (told += text));
    await eventually(listening);
    push(1, 'of another row ');
    push(0, 'of its row ');
    await eventually(() => told.includes('of its row'));
    expect(told).not.toContain('of another row');
    connection.depart('left');
    await done;
  });

  it('that fell behind what is kept is cut off, and not told that there is no more', async () => {
    const { view, push, read, response, connection, listening, done } = open();
    let told = '';
    // It takes its first frame, and nothing after that.
    read().once('data', () => response.pause());
    response.on('data', (text: string) => (told += text));
    await eventually(listening);
    push(0, 'x'.repeat(100));
    for (let i = 0; i < 20; i++) push(1, 'y'.repeat(100));
    Object.assign(view.rows[0]!, { status: 'completed' });
    response.resume();
    await done;
    expect(connection.departure).toBe('behind');
    expect(told).not.toContain('closed');
  });
});

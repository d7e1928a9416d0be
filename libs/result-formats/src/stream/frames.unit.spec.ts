import { applyToView, emptyFold, flattenRow, isActive, type GroupView } from '@multitask/task-group';
import {
  groupStories,
  GroupStory,
  hostileText,
  hostileTexts,
  jsonOutput,
  storyGroupId,
  storyRunId,
} from '@multitask/testing';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import fc from 'fast-check';
import { formatEventId, parseEventId } from './event-id';
import { framesOf } from './event.frames';
import { encodeFrame } from './frame';
import { snapshotFrames } from './snapshot.frames';

const viewOf = (story: GroupStory): GroupView => story.events.reduce(applyToView, emptyFold(story.groupId)).view!;

/** As an EventSource sees it, from bytes cut anywhere. */
function received(text: string, pieceLength = 7): EventSourceMessage[] {
  const messages: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => messages.push(message) });
  const decoder = new TextDecoder();
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += pieceLength)
    parser.feed(decoder.decode(bytes.subarray(at, at + pieceLength), { stream: true }));
  return messages;
}

/** The fold that docs/PROTOCOL.md tells a client to do, written from that page alone. */
class Client {
  rows = new Map<number, { attempt: number; run: string | null; status: string; result: unknown }>();
  status: { num_task_runs: number; task_run_status_counts: Record<string, number>; is_active: boolean } | undefined;
  completed = 0;

  read(messages: readonly EventSourceMessage[]): this {
    for (const { data } of messages) this.take(JSON.parse(data));
    return this;
  }

  private take(frame: Record<string, any>): void {
    if (frame.type === 'snapshot_start') this.rows.clear();
    if (frame.type === 'rows')
      for (const { row, attempt, result } of frame.rows)
        this.rows.set(row, { attempt, run: null, status: result.$status, result });
    if (frame.type === 'task_run.state') {
      const { attempt, run, result } = frame;
      this.rows.set(frame.row, { attempt, run: run.run_id, status: run.status, result });
    }
    if (frame.type === 'task_group_status') this.status = frame.status;
    if (frame.type === 'task_group.completed') this.completed = frame.generation;
  }
}

function expectSame(client: Client, view: GroupView): void {
  expect([...client.rows.keys()].sort((a, b) => a - b)).toEqual(view.rows.map((row) => row.row));
  for (const row of view.rows) {
    const seen = client.rows.get(row.row)!;
    expect([seen.attempt, seen.run, seen.status]).toEqual([row.attempt, row.runId, row.status]);
    expect(JSON.stringify(seen.result)).toBe(JSON.stringify(flattenRow(row)));
  }
  expect(client.status).toMatchObject({
    num_task_runs: view.rowCount,
    task_run_status_counts: view.counts,
    is_active: isActive(view),
  });
  // A snapshot in the middle of a later generation does not say that an earlier one was completed.
  expect(client.completed === view.generation).toBe(!isActive(view));
}

/** The frames of every event after the first `from`, as the stream sends them. */
function liveText(story: GroupStory, from: number): string {
  const fold = emptyFold(story.groupId);
  let text = '';
  for (const [index, event] of story.events.entries()) {
    applyToView(fold, event);
    if (index < from || !fold.view) continue;
    const frames = framesOf(fold.view, event);
    frames.forEach((frame, i) => (text += encodeFrame(frame, i === frames.length - 1 ? `log-${event.seq}` : null)));
  }
  return text;
}

describe('a frame', () => {
  it.each(hostileTexts)('with %j in its values is one frame with our id and nothing else', (text) => {
    const wire = encodeFrame({ event: 'rows', data: { [text]: text, list: [text] } }, 'log-1');
    for (const feed of [wire, wire.replaceAll('\n', '\r\n')]) {
      const messages = received(feed);
      expect(messages).toHaveLength(1);
      expect(messages[0]).toMatchObject({ id: 'log-1', event: 'rows' });
      const data = JSON.parse(messages[0]!.data);
      expect(data).toEqual({ type: 'rows', event_id: 'log-1', [text]: text, list: [text] });
    }
  });

  it('has three lines and a blank one for every parser, those that split at more than CR and LF too', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const lines = encodeFrame({ event: 'rows', data: { text } }, 'log-1').split(
          /\r\n|[\n\r\v\f\x1c-\x1e\u0085\u2028\u2029]/,
        );
        expect(lines).toHaveLength(5);
        expect(lines[0]).toBe('id: log-1');
      }),
    );
  });
});

describe('an event id', () => {
  it('is read back, whatever the incarnation is called', () => {
    for (const position of [
      { incarnation: 'a-1_-', seq: 0 },
      { incarnation: '-', seq: 9_007_199_254_740_991 },
    ])
      expect(parseEventId(formatEventId(position))).toEqual(position);
  });

  it.each(['', '7', 'a-', 'a--1x', 'a-01', 'a-1.5', 'a b-1', 'a-99999999999999999', `${'x'.repeat(200)}-1`])(
    '%j is none of ours',
    (text) => expect(parseEventId(text)).toBeUndefined(),
  );
});

describe('the frames of a group', () => {
  it('from a snapshot on make a reader’s state the group’s, wherever the snapshot was taken', () => {
    fc.assert(
      fc.property(groupStories, fc.nat(), (story, where) => {
        const cut = 2 + (where % (story.events.length - 1));
        const early = story.events.slice(0, cut).reduce(applyToView, emptyFold(story.groupId)).view!;
        const client = new Client().read(received([...snapshotFrames(early, 'log-1')].join(''), 1_000));
        expectSame(client, early);
        expectSame(client.read(received(liveText(story, cut), 1_000)), viewOf(story));
      }),
    );
  });

  it('without any snapshot tell the whole life of a group from its creation', () => {
    fc.assert(
      fc.property(groupStories, (story) => {
        expectSame(new Client().read(received(liveText(story, 0), 1_000)), viewOf(story));
      }),
    );
  });

  it('carry an id on the last frame of an event alone, so that no frame of it can be missed', () => {
    const story = new GroupStory().created(['a', 'b', 'c']).bought([0, 1, 2]);
    const messages = received(liveText(story, 2));
    expect(messages.map(({ event, id }) => [event, id])).toEqual([
      ['task_run.state', undefined],
      ['task_run.state', undefined],
      ['task_run.state', undefined],
      ['task_group_status', 'log-3'],
    ]);
  });

  it('of a snapshot carry an id on its end alone', () => {
    const view = viewOf(new GroupStory().created(['a', 'b']).bought([0]));
    const messages = received([...snapshotFrames(view, 'log-3')].join(''));
    expect(messages.map(({ event, id }) => [event, id])).toEqual([
      ['snapshot_start', undefined],
      ['rows', undefined],
      ['task_run.state', undefined],
      ['task_group_status', undefined],
      ['snapshot_end', 'log-3'],
    ]);
    for (const { data } of messages.slice(0, -1)) expect(JSON.parse(data).event_id).toBeNull();
  });

  it('read as the upstream’s own', () => {
    const story = new GroupStory()
      .created([{ a: 1 }])
      .bought([0])
      .completedRow(0, { b: 2 });
    const [state, status] = received(liveText(story, 3)).map(({ data }) => JSON.parse(data));
    expect(state).toMatchObject({
      type: 'task_run.state',
      event_id: null,
      row: 0,
      attempt: 1,
      run: { run_id: storyRunId(0), status: 'completed', is_active: false, processor: 'lite' },
      input: { input: { a: 1 }, processor: 'lite' },
      output: { type: 'json', content: { b: 2 }, basis: [] },
      result: { $id: storyRunId(0), $status: 'completed', a: 1, b: 2 },
    });
    expect(status).toMatchObject({
      type: 'task_group_status',
      event_id: 'log-4',
      status: { num_task_runs: 1, is_active: true },
    });
  });

  it('give a large output as an address', () => {
    const story = new GroupStory()
      .created([{ a: 1 }])
      .bought([0])
      .reported(0, 'completed', { output: jsonOutput({ b: 'x'.repeat(70_000) }) });
    const wire = liveText(story, 3);
    expect(wire.length).toBeLessThan(5_000);
    expect(JSON.parse(received(wire)[0]!.data)).toMatchObject({
      output: { type: 'json', output_url: `/${storyGroupId}/runs/${storyRunId(0)}.json` },
      result: { $status: 'completed', a: 1 },
    });
  });

  it('keep rows together in pieces of bounded size', () => {
    const view = viewOf(
      new GroupStory().created(Array.from({ length: 3_000 }, (_, i) => ({ i, text: 'x'.repeat(i % 300) }))),
    );
    const pieces = [...snapshotFrames(view, 'log-2')].filter((frame) => frame.startsWith('event: rows'));
    expect(pieces.length).toBeGreaterThan(5);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThan(70_000);
  });

  it('say nothing of what changed nothing', () => {
    const story = new GroupStory().created(['a']).bought([0]).reported(0, 'failed').completed();
    const length = story.events.length;
    story.reported(0, 'running').bought([0]).completed().retried(7);
    const messages = received(liveText(story, length));
    // The retry named no row there is, but it did open a new generation.
    expect(messages.map(({ event }) => event)).toEqual(['task_group_status']);
  });
});

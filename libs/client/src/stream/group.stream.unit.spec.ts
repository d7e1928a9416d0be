import fc from 'fast-check';
import { MultitaskError } from '../error/multitask.error';
import { ScriptedStream, type ScriptedAnswer } from '../testing/scripted.stream';
import { GroupStream, type StreamOptions } from './group.stream';
import { GroupView } from './group.view';
import type { StreamEvent } from './stream.events';

const frame = (type: string, data: object = {}, id?: string): string =>
  `${id === undefined ? '' : `id: ${id}\n`}event: ${type}\ndata: ${JSON.stringify({ type, event_id: id ?? null, ...data })}\n\n`;
const status = (completed: number, id?: string) =>
  frame('task_group_status', { status: { task_run_status_counts: { completed } } }, id);
const state = (row: number, value: unknown, id?: string) =>
  frame(
    'task_run.state',
    {
      row,
      attempt: 1,
      run: { run_id: `trun_${row}` },
      output: null,
      result: { $id: `trun_${row}`, $status: 'running', value },
    },
    id,
  );
const snapshot = (rows: string, id: string) =>
  frame('snapshot_start', { rows: 2, group: { status: {} } }) + rows + status(0) + frame('snapshot_end', {}, id);
const closed = frame('closed', { reason: 'completed' });
const notice = frame('notice', { live: false, message: 'Not live at the moment.' });
const unavailable: ScriptedAnswer = { status: 503, problem: { code: 'not_ready', detail: 'no', retryable: true } };

const given = (script: readonly (ScriptedAnswer | Error)[], options: StreamOptions = {}, chance?: () => number) => {
  const server = new ScriptedStream(script, chance);
  return { server, stream: new GroupStream(server, options) };
};
async function told(stream: GroupStream): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  for await (const event of stream.events()) events.push(event);
  return events;
}
const types = (events: readonly StreamEvent[]) => events.map(({ type }) => type).join(' ');
const outcome = (stream: GroupStream) =>
  told(stream).then(types, (error: unknown) => (error as MultitaskError).code ?? error);

describe('the stream of a group', () => {
  it('given a snapshot, changes and the end, tells them and ends', async () => {
    const { server, stream } = given([{ pieces: [snapshot(state(0, 1), 'a'), state(0, 2), status(1, 'b'), closed] }]);
    const events = await told(stream);
    expect(types(events)).toBe(
      'snapshot_start task_run.state task_group_status snapshot_end task_run.state task_group_status closed',
    );
    expect(events.map(({ event_id }) => event_id)).toEqual([null, null, null, 'a', null, 'b', null]);
    expect(server).toMatchObject({ asked: [undefined], waits: [] });
  });

  it('given a cut between changes, goes on behind the last id, and tells nothing twice', async () => {
    const { server, stream } = given([
      { pieces: [snapshot('', 'a'), state(0, 1), status(1, 'b'), state(1, 1)], ending: 'cut' },
      { pieces: [state(1, 1), status(2, 'c')] },
      { pieces: [closed] },
    ]);
    expect(types((await told(stream)).slice(3))).toBe(
      'task_run.state task_group_status task_run.state task_group_status closed',
    );
    expect(server.asked).toEqual([undefined, 'b', 'c']);
  });

  it('given a cut inside the snapshot, begins anew', async () => {
    const whole = snapshot(state(0, 1) + state(1, 1), 'a');
    const { server, stream } = given([{ pieces: [whole.slice(0, -40)], ending: 'cut' }, { pieces: [whole, closed] }]);
    expect(types(await told(stream))).toBe(
      'snapshot_start task_run.state task_run.state task_group_status snapshot_end closed',
    );
    expect(server.asked).toEqual([undefined, undefined]);
  });

  it('given a reset, forgets its id', async () => {
    const { server, stream } = given(
      [
        { pieces: [frame('reset', { reason: 'position_unknown' }), frame('snapshot_start')], ending: 'cut' },
        { pieces: [snapshot('', 'z'), closed] },
      ],
      { after: 'old' },
    );
    expect(types(await told(stream))).toBe('reset snapshot_start task_group_status snapshot_end closed');
    expect(server.asked).toEqual(['old', undefined]);
  });

  it('passes a notice on at once, also inside a snapshot, and keeps the rest waiting', async () => {
    const { stream } = given([
      { pieces: [frame('snapshot_start'), notice, status(0), frame('snapshot_end', {}, 'a'), closed] },
    ]);
    expect(types(await told(stream))).toBe('notice snapshot_start task_group_status snapshot_end closed');
  });

  it('eager, tells everything as it comes', async () => {
    const { stream } = given(
      [
        { pieces: [frame('snapshot_start'), state(0, 1)], ending: 'cut' },
        { pieces: [snapshot(state(0, 1), 'a'), closed] },
      ],
      { eager: true },
    );
    expect(types(await told(stream))).toBe(
      'snapshot_start task_run.state snapshot_start task_run.state task_group_status snapshot_end closed',
    );
  });

  it('ignores frames of names that it does not know, but remembers nothing of them', async () => {
    const { server, stream } = given([
      { pieces: [snapshot('', 'a'), frame('weather', { sun: true }, 'w')], ending: 'cut' },
      { pieces: [closed] },
    ]);
    expect(types(await told(stream))).toBe('snapshot_start task_group_status snapshot_end closed');
    expect(server.asked).toEqual([undefined, 'a']);
  });

  it.each<[string, ScriptedAnswer, string]>([
    ['204: it has everything', { status: 204 }, ''],
    ['404', { status: 404, problem: { code: 'group_not_found', detail: 'no' } }, 'group_not_found'],
    ['410', { status: 410, problem: { code: 'group_expired', detail: 'gone' } }, 'group_expired'],
    ['400', { status: 400, problem: { code: 'invalid_field', field: 'after', detail: 'no' } }, 'invalid_field'],
    ['a page of another server', { headers: { 'content-type': 'text/html' } }, 'unexpected_answer'],
    ['no JSON', { pieces: ['event: rows\ndata: {\n\n'] }, 'unexpected_answer'],
    ['the end of the group', { pieces: [frame('task_group.expired', { reason: 'ttl' }, 'x')] }, 'task_group.expired'],
  ])('given %s, ends and does not ask again', async (_, answer, expected) => {
    const { server, stream } = given([answer]);
    expect(await outcome(stream)).toBe(expected);
    expect(server.asked).toHaveLength(1);
  });

  it('given failures that pass, waits 1 s and doubles it up to 30 s, and begins again with 1 s once it hears something', async () => {
    const lost = new MultitaskError('unreachable', 'no', { retryable: true });
    const { server, stream } = given([
      ...Array(7).fill(lost),
      { pieces: [snapshot('', 'a')] },
      { pieces: [closed] },
    ] as ScriptedAnswer[]);
    await told(stream);
    expect(server.waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 1_000]);
  });

  it('given an answer that only lets it in and ends, does not come back faster and faster', async () => {
    const { server, stream } = given([
      { pieces: [': hello\nretry: 2000\n\n'] },
      { pieces: [': hello\n\n'] },
      { pieces: [closed] },
    ]);
    await told(stream);
    expect(server.waits).toEqual([2_000, 4_000]);
  });

  it('waits as long as Retry-After says, a tenth longer at most, and never less', async () => {
    const asked = { ...unavailable, headers: { 'retry-after': '20' } };
    for (const [chance, ms] of [
      [0, 20_000],
      [1, 22_000],
    ] as const) {
      const { server, stream } = given([asked, { pieces: [closed] }], {}, () => chance);
      await told(stream);
      expect(server.waits).toEqual([ms]);
    }
  });

  it('spreads its own waits, by a quarter at most', async () => {
    const { server, stream } = given([unavailable, unavailable, { pieces: [closed] }], {}, () => 1);
    await told(stream);
    expect(server.waits).toEqual([1_250, 2_500]);
  });

  it('gives up when nothing was heard for as long as it has patience, and says why', async () => {
    const { server, stream } = given(Array<ScriptedAnswer>(50).fill(unavailable), { patienceMs: 20_000 });
    expect(await outcome(stream)).toBe('not_ready');
    expect(server.waits).toEqual([1_000, 2_000, 4_000, 8_000]);
  });

  it('tells of every cut and of the wait', async () => {
    const cuts: [string, number][] = [];
    const { stream } = given([{ pieces: [snapshot('', 'a')], ending: 'cut' }, unavailable, { pieces: [closed] }], {
      onReconnect: (why, ms) => cuts.push([why.code, ms]),
    });
    await told(stream);
    expect(cuts).toEqual([
      ['unreachable', 1_000],
      ['not_ready', 2_000],
    ]);
  });

  it('lets a connection go that fell silent, and comes back', async () => {
    jest.useFakeTimers();
    try {
      const { server, stream } = given([{ pieces: [snapshot('', 'a')], ending: 'silent' }, { pieces: [closed] }]);
      const ended = told(stream);
      await jest.advanceTimersByTimeAsync(44_000);
      expect(server.asked).toHaveLength(1);
      await jest.advanceTimersByTimeAsync(2_000);
      expect(types(await ended)).toContain('closed');
      expect(server.asked).toEqual([undefined, 'a']);
    } finally {
      jest.useRealTimers();
    }
  });

  it('lets go of the connection when the reader leaves', async () => {
    const { server, stream } = given([{ pieces: [snapshot('', 'a')], ending: 'silent' }]);
    for await (const _ of stream.events()) break;
    expect(server.cancelled).toBe(1);
    expect(server.asked).toHaveLength(1);
  });

  it('ends with the reason of the signal, while it reads and while it waits', async () => {
    for (const script of [[{ pieces: [snapshot('', 'a')], ending: 'silent' as const }], [unavailable, unavailable]]) {
      const leaving = new AbortController();
      const { stream } = given(script, {
        signal: leaving.signal,
        eager: true,
        onReconnect: () => leaving.abort('enough'),
      });
      const reading = (async () => {
        for await (const _ of stream.events()) leaving.abort('enough');
      })();
      await expect(reading).rejects.toBe('enough');
    }
  });

  it('however often and wherever it is cut, tells the same, and the fold of it is the same', async () => {
    const change = fc.record({ row: fc.nat(3), value: fc.string({ unit: 'binary' }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { maxLength: 12 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        fc.boolean(),
        async (changes, places, eager) => {
          // The server's side: what is told from each place on.
          const steps = [
            { id: '0', text: snapshot(state(0, 'first') + state(1, 'first'), '0') },
            ...changes.map(({ row, value }, i) => ({
              id: `${i + 1}`,
              text: state(row, value) + status(i, `${i + 1}`),
            })),
          ];
          const from = (id: string | undefined) =>
            steps
              .slice(id === undefined ? 0 : Number(id) + 1)
              .map(({ text }) => text)
              .join('') + closed;
          const straight = await told(given([{ pieces: [from(undefined)] }]).stream);
          const cuts = [...places];
          const server = new ScriptedStream([]);
          server.open = (headers, { signal }) => {
            const text = new TextEncoder().encode(from(headers['last-event-id']));
            const at = cuts.shift();
            const answer: ScriptedAnswer =
              at === undefined ? { pieces: [text] } : { pieces: [text.subarray(0, at % text.length)], ending: 'cut' };
            return new ScriptedStream([answer]).open({}, { signal });
          };
          const seen = await told(new GroupStream(server, { eager, patienceMs: Infinity }));
          if (!eager) expect(seen).toEqual(straight);
          expect(folded(seen)).toEqual(folded(straight));
        },
      ),
    );
  });
});

const folded = (events: readonly StreamEvent[]) => {
  const view = new GroupView();
  for (const event of events) view.apply(event);
  return { rows: view.rows, status: view.status };
};

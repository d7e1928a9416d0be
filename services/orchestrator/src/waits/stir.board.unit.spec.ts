import type { Awaited } from '@multitask/orchestration-operations';
import { StirBoard } from './stir.board';

const never = new AbortController().signal;
const ready = (namespace?: string, ...kinds: string[]): Awaited => ({ what: 'ready', kinds, namespace });

/** Starts to wait, and tells whether that has ended. */
function waiting(board: StirBoard, awaited: Awaited, signal = never) {
  const state = { woken: false };
  void board.wait(awaited, 60_000, signal).then(() => (state.woken = true));
  return state;
}
const turn = () => new Promise(setImmediate);

describe('those who wait', () => {
  let board: StirBoard;
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
    board = new StirBoard(5);
  });
  afterEach(() => jest.useRealTimers());

  it('for a task: one of each namespace is woken for each task of a kind he does', async () => {
    const first = waiting(board, ready('red'));
    const second = waiting(board, ready('red', 'a'));
    const blue = waiting(board, ready('blue', 'a', 'b'));
    const other = waiting(board, ready('red', 'c'));
    board.stir({ runIds: ['r'], readyKinds: ['a'] });
    await turn();
    expect([first, second, blue, other].map(({ woken }) => woken)).toEqual([true, false, true, false]);
    board.stir({ runIds: ['r'], readyKinds: ['a', 'b'] });
    await turn();
    expect([second, other].map(({ woken }) => woken)).toEqual([true, false]);
    expect(board.size).toBe(1);
  });

  it('for a run: all are woken, and look again soon since a change is readable a moment later', async () => {
    const all = [waiting(board, { what: 'run', runId: 'r' }), waiting(board, { what: 'run', runId: 'r' })];
    const other = waiting(board, { what: 'run', runId: 's' });
    board.stir({ runIds: ['r'], readyKinds: [] });
    await turn();
    expect([...all, other].map(({ woken }) => woken)).toEqual([true, true, false]);
    const again = waiting(board, { what: 'run', runId: 'r' });
    jest.advanceTimersByTime(60);
    await turn();
    expect([again.woken, other.woken]).toEqual([true, false]);
  });

  it('look for themselves after a second', async () => {
    const one = waiting(board, ready());
    jest.advanceTimersByTime(1_000);
    await turn();
    expect(one.woken).toBe(true);
  });

  it('are let go when nobody wants the answer any more', async () => {
    const gone = new AbortController();
    const one = waiting(board, ready(), gone.signal);
    gone.abort();
    await turn();
    expect([one.woken, board.size]).toEqual([true, 0]);
    await board.wait(ready(), 1, gone.signal);
  });

  it('are no more than may be', () => {
    for (let i = 0; i < 5; i++) waiting(board, ready());
    expect(() => board.wait(ready(), 1, never)).toThrow(expect.objectContaining({ code: 'rate_limited' }));
  });
});

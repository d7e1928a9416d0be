import { defaultPolicy, newMemory } from '@multitask/task-group';
import { RunJoining } from './run.joining';

const keys = ['0.1', '1.1'];
const run = (run_id: string, key: string) => ({ run_id, status: 'queued' as const, metadata: { multitask_row: key } });

function joining() {
  let now = 0;
  const memory = newMemory();
  const join = new RunJoining(memory, defaultPolicy, () => now);
  return { memory, join, pass: (ms: number) => (now += ms) };
}

describe('joining runs to rows', () => {
  it('learns that ids come in the order of the inputs', () => {
    const { memory, join } = joining();
    join.start(1, keys, ['a', 'b']);
    join.learn([run('b', '1.1'), run('a', '0.1')]);
    expect([memory.pairing, join.isPending]).toEqual(['in-order', false]);
  });

  it('learns that they do not', () => {
    const { memory, join } = joining();
    join.start(1, keys, ['a', 'b']);
    join.learn([run('a', '1.1'), run('b', '0.1')]);
    expect([memory.pairing, join.isPending]).toEqual(['unordered', false]);
  });

  it('waits for a list that shows all of them', () => {
    const { memory, join } = joining();
    join.start(1, keys, ['a', 'b']);
    join.learn([run('a', '0.1')]);
    expect([memory.pairing, join.isPending]).toEqual(['unknown', true]);
  });

  it('does not wait for rows the answer did not name: what became of those must be proven', () => {
    const { memory, join } = joining();
    join.start(1, keys, ['b']);
    join.learn([run('b', '1.1')]);
    expect([memory.pairing, join.isPending]).toEqual(['unknown', false]);
  });

  it('takes the answer at its word when the upstream never lists what it promised to list', () => {
    const { join, pass } = joining();
    join.start(1, keys, ['a', 'b']);
    pass(49_000);
    expect(join.fallBack()).toBeUndefined();
    pass(1_000);
    expect(join.fallBack()).toEqual({
      batch: 1,
      runs: [
        { key: '0.1', run_id: 'a' },
        { key: '1.1', run_id: 'b' },
      ],
    });
    expect(join.isPending).toBe(false);
  });

  it('never guesses which of several rows fewer runs belong to', () => {
    const { join, pass } = joining();
    join.start(1, keys, ['a']);
    pass(50_000);
    expect(join.fallBack()).toBeUndefined();
    expect(join.isPending).toBe(false);
  });
});

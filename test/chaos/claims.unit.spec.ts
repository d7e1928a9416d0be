import { claimFaults, claimRates, type ClaimAccount } from './claims';

const sound: ClaimAccount = {
  tasks: ['a', 'b'],
  taken: [
    { task: 'a', lease: '1', at: 1_000 },
    // Its answer was lost, and it was sent again.
    { task: 'a', lease: '1', at: 1_200 },
    { task: 'b', lease: '2', at: 2_000 },
  ],
  completed: ['a', 'b'],
  runStatus: 'completed',
  refused: 1,
};

describe('what workers of the engine know', () => {
  it('holds where every task ended once', () => {
    expect(claimFaults(sound)).toEqual([]);
  });

  it.each<[string, Partial<ClaimAccount>, string]>([
    ['a task that is lost', { completed: ['a'] }, 'b never ended'],
    ['two workers that both ended it', { taken: [...sound.taken, { task: 'a', lease: '9', at: 3 }] }, 'two workers'],
    ['an end that only its worker knows', { completed: ['a'] }, 'b was taken and is not in the events'],
    ['an end that is told twice', { completed: ['a', 'b', 'a'] }, 'twice in the events'],
    ['a run that is not done', { runStatus: 'active' }, 'the run is active'],
  ])('breaks over %s', (_, change, fault) => {
    expect(claimFaults({ ...sound, ...change })).toContainEqual(expect.stringContaining(fault));
  });

  it('gives completions a second before a fault, and in the best ten seconds after it', () => {
    const at = (ms: number) => ({ task: 't', lease: 'l', at: ms });
    const taken = [
      ...Array.from({ length: 100 }, (_, i) => at(i * 100)),
      ...Array.from({ length: 50 }, (_, i) => at(25_000 + i * 100)),
    ];
    expect(claimRates({ taken }, { at: 10_000, readyAt: 20_000 })).toEqual({ before: 10, after: 5 });
    expect(claimRates({ taken }, { at: 10_000, readyAt: 60_000 })).toEqual({ before: 10, after: 0 });
  });
});

import { eventually } from './eventually';

describe('eventually', () => {
  it('gives what the condition gave once it is truthy', async () => {
    const answers = [0, undefined, 'here'];
    await expect(eventually(() => answers.shift(), { intervalMs: 0 })).resolves.toBe('here');
  });

  it('survives a condition that throws for a while', async () => {
    let calls = 0;
    const condition = () => {
      if (++calls < 3) throw new Error('not yet');
      return calls;
    };
    await expect(eventually(condition, { intervalMs: 0 })).resolves.toBe(3);
  });

  it('says what it saw last when time is up', async () => {
    const rows = () => Promise.reject(new Error('3 rows of 5'));
    await expect(eventually(rows, { timeoutMs: 0 })).rejects.toThrow('Not within 0 ms: 3 rows of 5');
  });
});

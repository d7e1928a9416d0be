import { hintSubject } from '@multitask/contracts';
import { listenForHints } from './hint.listener';

const groupId = `tgrp_${'a'.repeat(32)}`;

describe('a hint', () => {
  const looked: string[] = [];
  let hear: (error: Error | null, message: { string(): string }) => void;
  beforeEach(() => {
    looked.length = 0;
    const nats = {
      subscribe: (subject: string, options: { callback: typeof hear }) => {
        expect(subject).toBe(hintSubject);
        hear = options.callback;
      },
    };
    listenForHints(nats as never, { look: (id) => void looked.push(id) });
  });

  it('has the group looked at', () => {
    hear(null, { string: () => groupId });
    expect(looked).toEqual([groupId]);
  });

  it.each(['', 'tgrp_1', `${groupId}x`, '{"a":1}', '*'])('of %j is nothing', (payload) => {
    hear(null, { string: () => payload });
    expect(looked).toEqual([]);
  });

  it('that could not be heard is nothing', () => {
    hear(new Error('no permission'), { string: () => groupId });
    expect(looked).toEqual([]);
  });
});

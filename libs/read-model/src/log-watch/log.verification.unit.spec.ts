import { whatHappenedTo } from './log.verification';

const log = (messages: Readonly<Record<number, string>>, incarnation = 'one') => ({
  incarnation: () => Promise.resolve(incarnation),
  fingerprint: (seq: number) => Promise.resolve(messages[seq]),
  state: () => Promise.resolve({ lastSeq: Math.max(0, ...Object.keys(messages).map(Number)) }),
});

const seen = (seq: number, fingerprint: string, incarnation = 'one') => ({
  partition: String(seq),
  incarnation,
  seq,
  fingerprint,
});

describe('what happened to a log', () => {
  test.each<[string, Parameters<typeof whatHappenedTo>, RegExp | undefined]>([
    ['nothing, as far as nobody saw it', [log({}), []], undefined],
    ['nothing, though it went on', [log({ 1: 'a', 2: 'b', 3: 'c' }), [seen(2, 'b'), seen(1, 'a')]], undefined],
    ['a purge of the last that was seen', [log({ 1: 'a', 3: 'c' }), [seen(2, 'b'), seen(1, 'a')]], undefined],
    ['it was made anew', [log({ 1: 'a' }, 'two'), [seen(1, 'a')]], /was one and is now two/],
    ['it ends below', [log({ 1: 'a' }), [seen(2, 'b'), seen(1, 'a')]], /seen up to 2 and ends at 1/],
    ['it has grown past its old end', [log({ 1: 'a', 2: 'x', 3: 'y' }), [seen(2, 'b'), seen(1, 'a')]], /stands at 2/],
    [
      'it was seen in part since it had grown past its old end',
      [log({ 1: 'a', 2: 'x', 3: 'y' }), [seen(3, 'y'), seen(2, 'b')], { all: true }],
      /stands at 2/,
    ],
  ])('%s', async (_, given, expected) => {
    const told = await whatHappenedTo(...given);
    if (expected) expect(told).toMatch(expected);
    else expect(told).toBeUndefined();
  });
});

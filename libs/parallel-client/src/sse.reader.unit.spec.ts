import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { readSse, type SseFrame, type SseOptions } from './sse.reader';
import type { UpstreamStreamError } from './upstream.error';

const options: SseOptions = { idleMs: 45_000, idleWithoutHeartbeatMs: 300_000, lineCharacters: 1_000 };

async function* pieces(bytes: Uint8Array, sizes: readonly number[]) {
  let at = 0;
  for (const size of sizes) {
    yield bytes.subarray(at, (at += size));
    await turn();
  }
  yield bytes.subarray(at);
}

async function read(text: string | Uint8Array, sizes: readonly number[] = [], more: Partial<SseOptions> = {}) {
  const frames: SseFrame[] = [];
  const body = pieces(typeof text === 'string' ? Buffer.from(text) : text, sizes);
  try {
    for await (const frame of readSse(body, () => {}, { ...options, ...more })) frames.push(frame);
    return { frames, end: 'clean' };
  } catch (error) {
    return { frames, end: (error as UpstreamStreamError).reason };
  }
}

const data = (frames: readonly SseFrame[]) => frames.map((frame) => frame.data);

describe('an event stream', () => {
  it('is read whatever its line ends, with comments and unknown fields between', async () => {
    const text = ': ping\r\n\r\nevent: a\r\ndata: 1\r\nretry: 5\r\n\r\nid: 7\ndata: 2\n\n: ping\n\ndata: 3\r\r';
    expect(await read(text)).toEqual({ frames: ['1', '2', '3'].map((d) => ({ data: d, cut: false })), end: 'clean' });
  });

  it('is the same in whatever pieces it comes, also in the middle of a character or a line end', async () => {
    const text = ': ping\r\n\r\ndata: {"name":"Zürich 🏔️ 東京"}\r\n\r\nevent: x\ndata: {"b":2}\n\n';
    const bytes = Buffer.from(text);
    const whole = await read(bytes);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: bytes.length }), async (sizes) => {
        expect(await read(bytes, sizes)).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });

  it('of nothing at all ends in order', async () => {
    expect(await read('')).toEqual({ frames: [], end: 'clean' });
  });

  it.each([
    ['in the middle of a frame', 'data: 1\n\ndata: {"half'],
    ['after a frame whose end is missing', 'data: 1\n\ndata: {"whole":1}\n'],
    ['in the name of a field', 'data: 1\n\neve'],
    ['in the middle of a character', Buffer.from('data: 1\n\ndata: é').subarray(0, -1)],
  ])('that is cut %s is told from one that ended, and loses no whole frame', async (_, text) => {
    const { frames, end } = await read(text);
    expect(data(frames)).toEqual(['1']);
    expect(end).toBe('cut');
  });

  it('never loses a whole frame and never makes one up, wherever it is cut', async () => {
    const bytes = Buffer.from('event: s\ndata: "aé"\n\n: ping\n\nevent: s\ndata: "b"\n\n');
    for (let at = 0; at < bytes.length; at++) {
      const { frames, end } = await read(bytes.subarray(0, at));
      const text = bytes.subarray(0, at).toString();
      expect(data(frames)).toEqual(['"aé"', '"b"'].filter((frame) => text.includes(`data: ${frame}\n\n`)));
      if (end === 'clean') expect(at === 0 || text.endsWith('\n\n')).toBe(true);
    }
  });

  it('gives the beginning of a frame that is too large, and goes on behind it', async () => {
    const large = `{"run_id":"trun_1","x":"${'y'.repeat(5_000)}"}`;
    const { frames, end } = await read(`data: 1\n\ndata: ${large}\n\ndata: 2\n\n`, [3, 50, 900, 900]);
    expect(frames.map(({ cut }) => cut)).toEqual([false, true, false]);
    expect(frames[1]!.data.length).toBeLessThanOrEqual(1_000);
    expect(frames[1]!.data).toContain('"run_id":"trun_1"');
    expect(end).toBe('clean');
  });

  it('gives up on a frame of endless lines', async () => {
    const { end } = await read(`${'data: yyyyyyyyyyyyyyyyyyyyyyy\n'.repeat(200)}\n`);
    expect(end).toBe('too_large');
  });
});

describe('silence', () => {
  /** Says what it is told to, and then nothing, until it is aborted. */
  function silentAfter(text: string) {
    let fail: (error: Error) => void = () => {};
    async function* body() {
      yield Buffer.from(text);
      await new Promise((_, reject) => (fail = reject));
    }
    return { body: body(), abort: (reason: Error) => fail(reason) };
  }

  beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] }));
  afterEach(() => jest.useRealTimers());

  const silence = async (text: string, ms: number, heartbeats = { seen: false }) => {
    const { body, abort } = silentAfter(text);
    const reading = (async () => {
      try {
        for await (const _ of readSse(body, abort, options, heartbeats));
        return 'clean';
      } catch (error) {
        return (error as UpstreamStreamError).reason;
      }
    })();
    await turn();
    await jest.advanceTimersByTimeAsync(ms);
    return Promise.race([reading, turn().then(() => 'still open')]);
  };

  it('of 45 s ends a stream that has shown heartbeats', async () => {
    expect(await silence(': ping\n\n', 44_900)).toBe('still open');
    expect(await silence(': ping\n\n', 45_100)).toBe('idle');
  });

  it('of 45 s ends one that says nothing from the start, once another has shown heartbeats', async () => {
    const heartbeats = { seen: false };
    await silence(': ping\n\n', 1_000, heartbeats);
    expect(await silence('', 44_900, heartbeats)).toBe('still open');
    expect(await silence('', 45_100, heartbeats)).toBe('idle');
  });

  it('of five minutes ends one that has not', async () => {
    expect(await silence('data: 1\n\n', 299_000)).toBe('still open');
    expect(await silence('data: 1\n\n', 300_100)).toBe('idle');
  });

  it('is not what the reader takes its time for', async () => {
    const { body, abort } = silentAfter(': ping\n\ndata: 1\n\n');
    const stream = readSse(body, abort, options);
    expect((await stream.next()).value).toEqual({ data: '1', cut: false });
    await jest.advanceTimersByTimeAsync(600_000);
    const next = stream.next();
    await turn();
    expect(await Promise.race([next.catch(() => 'failed'), turn().then(() => 'still open')])).toBe('still open');
    abort(new Error('over'));
    await expect(next).rejects.toThrow('interrupted');
  });
});

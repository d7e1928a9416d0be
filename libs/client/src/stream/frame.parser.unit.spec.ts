import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { FrameParser, type WireFrame } from './frame.parser';

const parse = (pieces: readonly string[]): WireFrame[] => {
  const parser = new FrameParser();
  return pieces.flatMap((piece) => parser.push(piece));
};

/** Cut at these places, in the middle of lines, line ends and surrogate pairs alike. */
function cut(text: string, places: readonly number[]): string[] {
  const ends = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [...ends, text.length].map((end, i) => text.slice(i === 0 ? 0 : ends[i - 1], end));
}

const value = fc.string({ unit: 'binary' }).map((text) => text.replace(/[\r\n\0\ufeff]/g, ''));
const frame = fc.record({
  id: fc.option(fc.stringMatching(/^[\w.-]{1,20}$/), { nil: undefined }),
  event: fc.option(fc.stringMatching(/^[a-z_.]{1,20}$/), { nil: undefined }),
  data: fc.array(value, { minLength: 1, maxLength: 3 }),
  comment: fc.option(value, { nil: undefined }),
});
const lineEnd = fc.constantFrom('\n', '\r\n', '\r');
type Frame = typeof frame extends fc.Arbitrary<infer T> ? T : never;

const written = ({ id, event, data, comment }: Frame, end: string): string =>
  [
    ...(comment === undefined ? [] : [`:${comment}`]),
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...(event === undefined ? [] : [`event: ${event}`]),
    ...data.map((line) => `data: ${line}`),
    '',
    '',
  ].join(end);

describe('the parser of an event stream', () => {
  it('given any frames with any line ends, cut anywhere, gives exactly these frames', () => {
    fc.assert(
      fc.property(fc.array(frame), lineEnd, fc.array(fc.nat()), (frames, end, places) => {
        const text = frames.map((one) => written(one, end)).join('');
        expect(parse(cut(text, places))).toEqual(
          frames.map(({ id, event, data }) => ({ id, event: event ?? 'message', data: data.join('\n') })),
        );
      }),
    );
  });

  it('given any text at all, reads what an independent parser reads', () => {
    const line = fc.oneof(
      fc.constantFrom('', ':', 'data', 'data:', 'data: ', 'id: 7', 'event: x', 'data:  two', 'retry: 5', 'idx: 1'),
      value,
    );
    fc.assert(
      fc.property(fc.array(line), lineEnd, fc.array(fc.nat()), (lines, end, places) => {
        const text = `${lines.join(end)}${end}`;
        const expected: WireFrame[] = [];
        const parser = createParser({
          onEvent: ({ event, id, data }) => expected.push({ event: event || 'message', id: id || undefined, data }),
        });
        parser.feed(text);
        // A CR at the very end may be the half of a CR LF for the other one; another line shows what it meant.
        parser.feed(`:${end}`);
        expect(parse([...cut(text, places), `:${end}`])).toEqual(expected);
      }),
    );
  });

  it('given bytes cut inside a character, the decoder before it puts them together', () => {
    const bytes = new TextEncoder().encode('data: 👩‍👩‍👧 é\n\n');
    const decoder = new TextDecoder();
    const parser = new FrameParser();
    const frames = [...bytes].flatMap((byte) => parser.push(decoder.decode(Uint8Array.of(byte), { stream: true })));
    expect(frames).toEqual([{ event: 'message', id: undefined, data: '👩‍👩‍👧 é' }]);
  });

  it('drops what the end cuts off, and takes no id with NUL', () => {
    expect(parse(['id: a\0b\ndata: 1\n\ndata: 2\n'])).toEqual([{ event: 'message', id: undefined, data: '1' }]);
  });

  it('learns how long to wait', () => {
    const parser = new FrameParser();
    parser.push('retry: 1500\nretry: soon\n\n');
    expect(parser.retryMs).toBe(1500);
  });

  it('does not grow without end on a frame that has none', () => {
    const parser = new FrameParser();
    const piece = `data: ${'x'.repeat(1024 * 1024)}`;
    expect(() => {
      for (let i = 0; i < 64; i++) parser.push(piece);
    }).toThrow(RangeError);
  });
});

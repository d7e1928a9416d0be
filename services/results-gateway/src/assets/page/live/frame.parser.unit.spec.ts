import fc from 'fast-check';
import { FrameParser } from './frame.parser';

const frame = fc.record({
  event: fc.constantFrom('rows', 'task_run.state', 'reset'),
  id: fc.constantFrom('', 'a-1', 'a-2'),
  data: fc.json(),
});
const written = ({ event, id, data }: { event: string; id: string; data: string }, end: string): string =>
  `${id && `id: ${id}${end}`}event: ${event}${end}data: ${data}${end}${end}`;

describe('the frames of a stream', () => {
  it('are the same wherever it was cut, with any line end and with heartbeats in between', () => {
    const cases = fc.tuple(
      fc.array(frame, { maxLength: 6 }),
      fc.constantFrom('\n', '\r\n'),
      fc.infiniteStream(fc.nat(9)),
    );
    fc.assert(
      fc.property(cases, ([frames, end, cuts]) => {
        const text = frames.map((one) => `: heartbeat${end}${end}${written(one, end)}`).join('');
        const parser = new FrameParser();
        const found = [];
        for (let at = 0; at < text.length;) {
          const length = cuts.next().value! + 1;
          found.push(...parser.push(text.slice(at, at + length)));
          at += length;
        }
        expect(found).toEqual(frames);
      }),
    );
  });

  it('come only when they are whole', () => {
    const parser = new FrameParser();
    expect(parser.push('event: rows\ndata: 1\n')).toEqual([]);
    expect(parser.push('\n')).toEqual([{ event: 'rows', id: '', data: '1' }]);
  });
});

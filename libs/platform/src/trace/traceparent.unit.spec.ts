import fc from 'fast-check';
import { currentTrace, traceparent, withTrace } from './trace-context';
import { formatTraceparent, nextStep, parseTraceparent } from './traceparent';

const hex = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const traces = fc
  .record({ traceId: hex(32), spanId: hex(16), sampled: fc.boolean() })
  .filter(({ traceId, spanId }) => /[^0]/.test(traceId) && /[^0]/.test(spanId));
const known = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('traceparent', () => {
  it('reads what it wrote', () => {
    fc.assert(fc.property(traces, (trace) => expect(parseTraceparent(formatTraceparent(trace))).toEqual(trace)));
  });

  it('reads any text without throwing', () => {
    fc.assert(fc.property(fc.anything(), (header) => void parseTraceparent(header)));
  });

  it.each([
    ['version ff', known.replace(/^00/, 'ff')],
    ['more fields in version 00', `${known}-x`],
    ['capital letters', known.toUpperCase()],
    ['no trace id', known.replace('4bf92f3577b34da6a3ce929d0e0e4736', '0'.repeat(32))],
    ['no span id', known.replace('00f067aa0ba902b7', '0'.repeat(16))],
    ['a list', [known]],
    ['nothing', undefined],
  ])('ignores %s', (_, header) => expect(parseTraceparent(header)).toBeUndefined());

  it('reads later versions with fields it does not know', () => {
    expect(parseTraceparent(`cc${known.slice(2)}-future`)?.spanId).toBe('00f067aa0ba902b7');
  });

  it('keeps the sampling decision and the trace from step to step', () => {
    const first = parseTraceparent(known.replace(/01$/, '00'))!;
    const second = nextStep(first);
    expect(second).toMatchObject({ traceId: first.traceId, sampled: false });
    expect(second.spanId).not.toBe(first.spanId);
  });
});

describe('withTrace', () => {
  it('follows everything the work awaits, and nothing beside it', async () => {
    const seen = await Promise.all(
      [known, undefined].map((header) =>
        withTrace(header, async () => {
          const before = traceparent();
          await new Promise((resolve) => setImmediate(resolve));
          expect(traceparent()).toBe(before);
          return currentTrace()!.traceId;
        }),
      ),
    );
    expect(seen[0]).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
    expect(seen[1]).not.toBe(seen[0]);
    expect(traceparent()).toBeUndefined();
  });

  it('nests: a step within a step is its child', () => {
    withTrace(known, () => {
      const outer = traceparent();
      withTrace(outer, () => expect(traceparent()!.split('-')[1]).toBe(outer!.split('-')[1]));
      expect(traceparent()).toBe(outer);
    });
  });
});

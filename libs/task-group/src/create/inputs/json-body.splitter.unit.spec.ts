import fc from 'fast-check';
import { FieldsTooLongError, JsonBodySplitter, RowsTwiceError } from './json-body.splitter';

const split = (text: string, pieceLength: number) => {
  const splitter = new JsonBodySplitter({ itemCharacters: 5_000, fieldCharacters: 5_000 });
  const items: string[] = [];
  for (let at = 0; at < text.length; at += pieceLength) items.push(...splitter.push(text.slice(at, at + pieceLength)));
  return { hasRows: splitter.hasRows, items, rest: splitter.rest() };
};

describe('a JSON body that is read while it arrives', () => {
  it('is, put together again, what JSON.parse reads, wherever it was cut', () => {
    const value = fc.jsonValue({ maxDepth: 3, noUnicodeString: false });
    const name = fc.oneof(fc.constantFrom('a', 'in"puts', 'input', '\\'), fc.string());
    const fields = fc.dictionary(
      name.filter((text) => text !== 'inputs' && text !== '__proto__'),
      fc.oneof(value, fc.constant({ inputs: ['not ours', [1]] })),
    );
    fc.assert(
      fc.property(
        ...[fields, fields, fc.array(value, { maxLength: 5 }), fc.nat(2), fc.integer({ min: 1, max: 9 })] as const, // prettier-ignore
        (before, after, inputs, indent, pieceLength) => {
          const text = JSON.stringify({ ...before, inputs, ...after }, null, indent);
          fc.pre(text.length < 5_000);
          const { items, rest, hasRows } = split(text, pieceLength);
          expect(hasRows).toBe(true);
          const whole = JSON.parse(rest) as Record<string, unknown>;
          expect(whole.inputs).toEqual([]);
          expect({ ...whole, inputs: items.map((item) => JSON.parse(item) as unknown) }).toEqual(JSON.parse(text));
        },
      ),
    );
  });

  it.each(['{}', '', '[{"inputs": [1]}]', '{"spec": {"inputs": [1]}}', '{"inputs": "https://x"}', '{"a": "inputs", "b": [1]}']) // prettier-ignore
  ('without an array of inputs is left as it is: %s', (text) => {
    expect(split(text, 3)).toEqual({ hasRows: false, items: [], rest: text });
  });

  it('knows its rows by a name with escapes, too', () => {
    expect(split('{"inp\\u0075ts" : [1, {"inputs": [2]}]}', 4)).toMatchObject({ items: ['1', '{"inputs": [2]}'] });
  });

  it.each([
    ['rows twice', '{"inputs": [1], "inputs": [2]}', RowsTwiceError],
    ['fields without end', `{"inputs": [], "a": "${'x'.repeat(6_000)}`, FieldsTooLongError],
    ['a row without end', `{"inputs": ["${'x'.repeat(6_000)}`, /an item of more than 5000 characters/],
    ['no end', '{"inputs": [1', /end in the middle/],
    ['brackets that nothing opened', '{"inputs": [1}', /nothing opened/],
  ])('is refused with %s', (_, text, error) => {
    expect(() => split(text, 50)).toThrow(error);
  });
});

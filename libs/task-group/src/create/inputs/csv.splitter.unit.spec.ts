import fc from 'fast-check';
import { CsvSplitter } from './csv.splitter';

const limits = { characters: 1_000, fields: 50 };

const recordsOf = (text: string, pieceLength: number, separator: ',' | ';' = ','): string[][] => {
  const splitter = new CsvSplitter(separator, limits);
  const records: string[][] = [];
  for (let at = 0; at < text.length; at += pieceLength)
    records.push(...splitter.push(text.slice(at, at + pieceLength)));
  return [...records, ...splitter.end()];
};

const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`;

describe('a table that is cut into records', () => {
  it('gives every value back, wherever it was cut and however lines end', () => {
    const value = fc.string({ unit: fc.constantFrom('a', 'ä', ',', ';', '"', '\n', '\r', ' ', '\0') });
    fc.assert(
      fc.property(
        fc.array(fc.array(value, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 6 }),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.integer({ min: 1, max: 9 }),
        (records, lineEnd, pieceLength) => {
          const text = records.map((record) => record.map(quoted).join(',')).join(lineEnd);
          expect(recordsOf(text, pieceLength)).toEqual(records);
        },
      ),
    );
  });

  it.each<[string, string[][]]>([
    ['a,b\n1,2\n', [['a', 'b'], ['1', '2']]], // prettier-ignore
    ['a,b\r\n\r\n1,2', [['a', 'b'], ['1', '2']]], // prettier-ignore
    ['a,,b\n,\n', [['a', '', 'b'], ['', '']]], // prettier-ignore
    ['""\nx', [[''], ['x']]],
    ['', []],
  ])('%j', (text, records) => {
    for (const pieceLength of [1, 2, 100]) expect(recordsOf(text, pieceLength)).toEqual(records);
  });

  it.each([
    ['a\n"b', /end inside a quoted value/, 2],
    ['a\n"b"c', /text behind a closing quote/, 2],
    ['a\nb"c"', /quote inside an unquoted value/, 2],
    [`a\n${','.repeat(50)}`, /more than 50 columns/, 2],
    [`"${'x'.repeat(1_001)}`, /more than 1000 characters/, 1],
    ['"1\n2\n3"x', /text behind/, 3],
  ])('%j is refused with its line', (text, message, line) => {
    expect(() => recordsOf(text, 7)).toThrow(message);
    expect(() => recordsOf(text, 7)).toThrow(expect.objectContaining({ line }));
  });
});

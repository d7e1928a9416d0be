import fc from 'fast-check';
import { CsvTable, separatorOf } from './csv.table';
import { detectFormat } from './inputs.format';
import { JsonArraySplitter } from './json-array.splitter';
import { LineSplitter } from './line.splitter';

/** Cuts a text at arbitrary places, as a network does. */
const pieces = (text: string, cuts: readonly number[]): string[] => {
  const at = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((start, i) => text.slice(start, at[i] ?? text.length));
};

describe('a JSON array that arrives in pieces', () => {
  const split = (parts: readonly string[]): string[] => {
    const splitter = new JsonArraySplitter(1_000_000);
    const items = parts.flatMap((part) => splitter.push(part));
    splitter.end();
    return items;
  };

  it('gives its items wherever it was cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue()),
        fc.array(fc.nat()),
        fc.constantFrom(undefined, 2),
        (values, cuts, indent) => {
          const text = `\n${JSON.stringify(values, null, indent)} `;
          // JSON knows no negative zero: what it makes of a value is what must come out.
          expect(split(pieces(text, cuts)).map((item) => JSON.parse(item))).toEqual(JSON.parse(text));
        },
      ),
    );
  });

  it.each([
    ['', /are empty/],
    ['[1', /end in the middle/],
    ['[1,', /end in the middle/],
    ['["a]', /end in the middle/],
    ['{"a":1}', /are not a JSON array/],
    ['[1, ]', /are not a JSON array/],
    ['[1] 2', /go on after the end/],
    ['[1}', /closing bracket/],
    ['[,1]', /.*/],
  ])('%s is refused', (text, message) => {
    const read = () => split([text]).map((item) => JSON.parse(item));
    expect(read).toThrow(message);
  });

  it('does not grow without end', () => {
    expect(() => new JsonArraySplitter(10).push(`["${'x'.repeat(20)}`)).toThrow(/more than 10 characters/);
  });
});

describe('lines that arrive in pieces', () => {
  it('are whole, wherever they were cut and however they end', () => {
    const line = fc.string().filter((text) => !/[\r\n]/.test(text));
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1 }),
        fc.array(fc.nat()),
        fc.constantFrom('\n', '\r\n'),
        (lines, cuts, end) => {
          const splitter = new LineSplitter(1_000_000);
          const found = pieces(lines.join(end), cuts).flatMap((piece) => splitter.push(piece));
          expect([...found, splitter.end()]).toEqual(lines);
        },
      ),
    );
  });

  it('have an end', () => {
    expect(() => new LineSplitter(10).push('x'.repeat(11))).toThrow();
  });
});

describe('a table', () => {
  const rowsOf = (records: string[][]) => {
    const table = new CsvTable();
    return records.map((record) => table.add(record)).filter((row) => row !== undefined);
  };

  it('gives rows by the names in its first record, every value as text', () => {
    expect(
      rowsOf([
        ['id', ' name '],
        ['007', 'Äda'],
        ['1e3', ''],
      ]),
    ).toEqual([
      { id: '007', name: 'Äda' },
      { id: '1e3', name: '' },
    ]);
  });

  it('fills short records, skips empty ones and forgives columns without name and value', () => {
    expect(rowsOf([['a', 'b', ''], ['1'], ['', ''], ['2', '3', '', '']])).toEqual([
      { a: '1', b: '' },
      { a: '2', b: '3' },
    ]);
  });

  it.each<[string[][], RegExp]>([
    [[['a'], ['1', '2']], /inputs\[0\] has 2 values, the header 1 names/],
    [
      [
        ['a', ''],
        ['1', '2'],
      ],
      /column 2, which has no name/,
    ],
    [[['a', 'a']], /two columns called "a"/],
    [[['', '']], /must name the columns/],
    [[['__proto__'], ['x']], /__proto__/],
  ])('%j is refused', (records, message) => {
    expect(() => rowsOf(records)).toThrow(message);
  });

  it.each([
    ['a,b;c,d', ','],
    ['a;b;c,d', ';'],
    ['a\tb\tc', '\t'],
    ['single', ','],
    ['"x;y;z",b', ','],
    ['a,b\n1;2;3;4;5', ','],
  ] as const)('%j is separated by %j', (start, separator) => {
    expect(separatorOf(start)).toBe(separator);
  });
});

describe('the format of inputs', () => {
  it.each([
    [{ start: ' [1]' }, 'json'],
    [{ start: '{"a":1}' }, 'ndjson'],
    [{ start: 'a,b' }, 'csv'],
    [{ start: 'a\tb', fileName: 'x.TSV' }, 'tsv'],
    [{ start: '{"a":1}', fileName: 'x.json' }, 'ndjson'],
    [{ start: '[1]', contentType: 'application/x-ndjson' }, 'json'],
    [{ start: '"text"', contentType: 'application/x-ndjson; charset=utf-8' }, 'ndjson'],
    [{ start: '[brackets],b', contentType: 'text/csv' }, 'csv'],
    [{ start: '[1]', contentType: 'text/plain', fileName: 'x' }, 'json'],
    [{ start: '<!DOCTYPE html>', contentType: 'text/csv' }, 'html'],
    [{ start: ' \n' }, 'empty'],
    [{ start: 'a', fileName: 'constructor' }, 'csv'],
  ])('of %j is %s', (hints, format) => {
    expect(detectFormat(hints)).toBe(format);
  });
});

import fc from 'fast-check';
import { columnsOf, PreviewReader, previewOf, shownRows, valueIn } from './preview.reader';

describe('the preview of rows', () => {
  it.each([
    ['CSV', 'country,rank\nFrance,1\n"Ja,pan",2', 'csv'],
    ['a table with semicolons', 'country;rank\nFrance;1\nJa,pan;2', 'csv'],
    ['a table with tabs', 'country\trank\nFrance\t1\nJa,pan\t2', 'csv'],
    ['JSON', '[{"country":"France","rank":"1"},{"country":"Ja,pan","rank":"2"}]', 'json'],
    ['NDJSON', '{"country":"France","rank":"1"}\n\n{"country":"Ja,pan","rank":"2"}\r\n', 'ndjson'],
  ])('reads %s', (_name, text, format) => {
    const preview = previewOf(`\uFEFF${text}`);
    expect(preview).toEqual({
      format,
      columns: ['country', 'rank'],
      rows: [
        { country: 'France', rank: '1' },
        { country: 'Ja,pan', rank: '2' },
      ],
      count: 2,
      faults: [],
      oversized: 0,
    });
  });

  it('goes by the name of a file where the text says nothing', () => {
    expect(previewOf('a;b\t c\n1;2\t3', 'rows.tsv').columns).toEqual(['a;b', 'c']);
  });

  it.each([
    ['', 'There are no rows yet.'],
    ['country\n', 'There are no rows yet.'],
    ['[]', 'There are no rows yet.'],
    ['<!doctype html><p>', 'This is a web page, not CSV, JSON or NDJSON.'],
    ['a,a\n1,2', 'The inputs have two columns called "a"; rename one.'],
    ['a\n"never closed', 'The rows end inside a quoted value (near line 2).'],
    ['[{"a":1}', 'The rows end in the middle of the array.'],
    ['[{"a":1}] x', 'The rows go on after the end of the array.'],
  ])('says what is wrong with %j as a whole', (text, message) => {
    expect(previewOf(text).faults).toEqual([{ message }]);
  });

  it('names the row that is at fault, shows it, and reads on', () => {
    const { faults, rows, count } = previewOf('[{"a":1}, 3, {}, {"b": tru}, "text"]');
    expect(faults).toEqual([
      { row: 1, message: 'must be an object or a string, not a number' },
      { row: 2, message: 'is an empty object' },
      { row: 3, message: expect.stringMatching(/^is not valid JSON/) },
    ]);
    expect(count).toBe(5);
    expect(rows).toEqual([{ a: 1 }, 3, {}, null, 'text']);
    expect(previewOf('a\n1\n2,3').faults).toEqual([{ row: 1, message: expect.stringContaining('has 2 values') }]);
  });

  it('counts rows that will be rejected alone, and holds the first rows only', () => {
    const rows = [...Array.from({ length: 999 }, () => '{"a":1}'), JSON.stringify({ a: 'x'.repeat(25_000) })];
    const preview = previewOf(`[${rows.join()}]`);
    expect(preview).toMatchObject({ count: 1_000, oversized: 1, faults: [] });
    expect(preview.rows).toHaveLength(shownRows);
    expect(previewOf(`[${Array.from({ length: 500 }, () => '1').join()}]`).faults).toHaveLength(5);
  });

  it('is the same however the text is cut', () => {
    const value = fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.array(fc.string()));
    const rows = fc.array(fc.dictionary(fc.string({ minLength: 1 }), value, { minKeys: 1 }), { minLength: 1 });
    fc.assert(
      fc.property(rows, fc.boolean(), fc.integer({ min: 1, max: 50 }), (all, asLines, length) => {
        const text = asLines ? all.map((row) => JSON.stringify(row)).join('\n') : JSON.stringify(all);
        const reader = new PreviewReader();
        for (let at = 0; at < text.length; at += length) reader.push(text.slice(at, at + length));
        const preview = reader.end();
        expect(preview).toEqual(previewOf(text));
        expect(preview.count).toBe(all.length);
      }),
    );
  });

  it('finds a value by its column', () => {
    expect(columnsOf('text')).toEqual(['input']);
    expect(columnsOf([1])).toEqual([]);
    expect(valueIn('text', 'input')).toBe('text');
    expect(valueIn({ a: 1 }, 'toString')).toBeUndefined();
    expect(valueIn(null, 'a')).toBeUndefined();
  });
});

import { DatabaseSync } from 'node:sqlite';
import { hostileText } from '@multitask/testing';
import fc from 'fast-check';
import { examplesFor } from './examples';
import { KeptResult, keptRows } from './kept.result';
import { amount, isOrdered, ticks } from './scale';
import { nameInSql, tokensOf } from './sql.tokens';

describe('SQL in colours', () => {
  it.each([
    ['select 1', ['keyword', 'space', 'number']],
    [`'it''s' "a""b" -- no`, ['text', 'space', 'name', 'space', 'comment']],
    ['"$row"=runs.x', ['name', 'sign', 'word', 'sign', 'word']],
    ['/* open', ['comment']],
    [`'open`, ['text']],
  ])('%s', (sql, kinds) => expect(tokensOf(sql).map(({ kind }) => kind)).toEqual(kinds));

  it('is the same text, whatever it is', () => {
    fc.assert(
      fc.property(hostileText, (sql) => {
        expect(
          tokensOf(sql)
            .map(({ text }) => text)
            .join(''),
        ).toBe(sql);
      }),
    );
  });
});

describe('a name in SQL', () => {
  const database = new DatabaseSync(':memory:');
  afterAll(() => database.close());

  it.each(['country', 'Country', '$id', 'order', 'index', 'row', 'a b', 'a"b', '1a', 'é'])(
    '%s is that column',
    (name) => {
      database.exec(
        `drop table if exists t; create table t ("${name.replaceAll('"', '""')}" text); insert into t values ('x')`,
      );
      const [row] = database.prepare(`select ${nameInSql(name)} from t`).all();
      expect(Object.values(row!)).toEqual(['x']);
    },
  );
});

describe('examples', () => {
  const tables = (fields: [string, string][]) => [
    { name: 'runs', kind: 'table' as const, rows: 1, columns: fields.map(([name, type]) => ({ name, type })) },
  ];

  it.each<[string, [string, string][]]>([
    [
      'a usual group',
      [
        ['country', 'TEXT'],
        ['population', 'INTEGER'],
        ['order', 'TEXT'],
      ],
    ],
    ['a group without fields', []],
    [
      'hostile names',
      [
        ['a"; drop table runs; --', 'TEXT'],
        ['$$id', 'REAL'],
        ["it's", ''],
      ],
    ],
  ])('of %s are all answered', (_, fields) => {
    const database = new DatabaseSync(':memory:');
    const own = ['$row', '$id', '$status', '$error', '$seconds'].map((name) => [name, 'TEXT']);
    const columns = [...own, ...fields].map(([name, type]) => `"${name!.replaceAll('"', '""')}" ${type}`);
    database.exec(`create table runs (${columns.join(', ')});
      create table basis ("row", field, confidence, reasoning, citations); create table citations ("row", url)`);
    for (const { sql } of examplesFor(tables([...(own as [string, string][]), ...fields]))) database.prepare(sql).all();
    database.close();
  });
});

describe('an answer that is kept', () => {
  const kept = new KeptResult(['word', 'n', 'word']);
  for (const [word, n] of [
    ['=a', 1],
    ['b;c', 2],
    ['=a', null],
  ] as const)
    kept.add([word, n, word]);

  it('knows which columns are numbers', () => expect(kept.told(1, 0).numeric).toEqual([false, true, false]));

  it('is written for spreadsheets without formulas, and as objects without losing a column', () => {
    expect(kept.write('csv')).toBe(`word,n,word\r\n'=a,1,'=a\r\n"b;c",2,"b;c"\r\n'=a,,'=a\r\n`);
    expect(JSON.parse(kept.write('json'))[1]).toEqual({ word: 'b;c', n: 2, 'word 2': 'b;c' });
  });

  it('is drawn with one point a label, and says how many are left', () => {
    expect(kept.chart({ label: 0, value: 1, limit: 1 })).toEqual({ points: [{ label: '=a', value: 1 }], left: 1 });
    expect(kept.chart({ label: 0, value: undefined, limit: 9 }).points).toEqual([
      { label: '=a', value: 2 },
      { label: 'b;c', value: 1 },
    ]);
  });

  it('ends where nobody reads any more, and says so', () => {
    const endless = new KeptResult(['n']);
    let added = 0;
    while (endless.add([added])) added++;
    expect([added, endless.rows.length, endless.told(1, 0).isCut]).toEqual([keptRows, keptRows, true]);
  });
});

describe('a scale', () => {
  it.each([
    [0, 10, [0, 2, 4, 6, 8, 10]],
    [0, 0.3, [0, 0.1, 0.2, 0.3]],
    [-100, 1_500, [-500, 0, 500, 1_000, 1_500]],
    [0, 0, [0]],
  ])('from %d to %d', (least, greatest, expected) => expect(ticks(least, greatest)).toEqual(expected));

  it('has all between its ends, in steps a person counts in', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, min: -1e12, max: 1e12 }),
        fc.double({ noNaN: true, min: -1e12, max: 1e12 }),
        (a, b) => {
          fc.pre(Math.abs(a - b) > 1e-6);
          const marks = ticks(Math.min(a, b), Math.max(a, b));
          expect(marks.length).toBeLessThan(9);
          expect(marks[0]).toBeLessThanOrEqual(Math.min(a, b, 0) + 1e-9);
          expect(marks.at(-1)).toBeGreaterThanOrEqual(Math.max(a, b, 0) - 1e-9);
        },
      ),
    );
  });

  it.each([
    [1_234, '1,234'],
    [14_094_034, '14.1 M'],
    [0.25, '0.25'],
    [-3, '-3'],
    [1e-9, '1.00e-9'],
  ])('%d is %s', (value, text) => expect(amount(value)).toBe(text));

  it.each([
    [['1', '2', '10'], true],
    [['2026-01', '2026-02', '2026-03'], true],
    [['3', '1', '2'], false],
    [['a', 'b', 'c'], false],
    [['1', '2'], false],
  ])('labels %j are a line: %s', (labels, expected) => expect(isOrdered(labels)).toBe(expected));
});

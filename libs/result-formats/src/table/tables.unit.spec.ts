import { applyToView, emptyFold, flattenRow, type GroupView } from '@multitask/task-group';
import { groupStories, GroupStory } from '@multitask/testing';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { resultPage } from '../query/result-page';
import { wholeResult } from '../query/result-query';
import { columnsOf } from '../rows/columns';
import { csvResult } from './csv';
import { ndjsonResult } from './ndjson';

const viewOf = (story: GroupStory): GroupView => story.events.reduce(applyToView, emptyFold(story.groupId)).view!;
const csv = (view: GroupView) => parse([...csvResult(resultPage(view))].join('')) as string[][];

describe('a .csv answer', () => {
  it('never begins a text cell like a formula, and leaves numbers alone', () => {
    const [, row] = csv(viewOf(new GroupStory().created([{ a: '=1+1', b: -5, c: '@x', d: 'x' }])));
    expect(row).toEqual(['', 'queued', "'=1+1", '-5', "'@x", 'x']);
  });

  it.each(['=1', '+1', '-1', '@x', '\t=1', '\r=1', '\n=1', '＝1', '＋1', '－1', '＠x', "'=1"])(
    '%j is no formula',
    (text) => {
      expect(csv(viewOf(new GroupStory().created([{ a: text }])))[1]).toEqual(['', 'queued', `'${text}`]);
    },
  );

  it('quotes what is a separator elsewhere, so that no formula hides behind it', () => {
    const text = [...csvResult(resultPage(viewOf(new GroupStory().created([{ a: 'x;=1', b: 'x\t=1' }]))))].join('');
    expect(text).toContain('"x;=1","x\t=1"');
  });

  it('begins with a byte order mark when asked to', () => {
    const view = viewOf(new GroupStory().created([{ a: 'é' }]));
    const text = [...csvResult(resultPage(view, { ...wholeResult, bom: true }))].join('');
    expect(text.startsWith('\uFEFF$id,$status,a\r\n')).toBe(true);
    expect(parse(text, { bom: true, columns: true })).toEqual([{ $id: '', $status: 'queued', a: 'é' }]);
  });

  it('has no more columns than a table can have: what is beyond stands together', () => {
    const rows = Array.from({ length: 1_010 }, (_, i) => ({ [`c${i}`]: i }));
    const [head, ...lines] = csv(viewOf(new GroupStory().created(rows)));
    expect([head!.length, head!.at(-1)]).toEqual([1_003, '$more']);
    expect(lines[999]!.slice(-2)).toEqual(['999', '']);
    expect(lines[1_009]!.at(-1)).toBe('{"c1009":1009}');
  });

  it('has each value back under an independent parser', () => {
    fc.assert(
      fc.property(groupStories, (story) => {
        const view = viewOf(story);
        const columns = ['$id', '$status', ...columnsOf(view.spec, view.rows)];
        const [head, ...rows] = csv(view);
        expect(head!.map(unguarded)).toEqual(columns.map((name) => name.toWellFormed()));
        expect(rows).toHaveLength(view.rows.length);
        rows.forEach((cells, i) => {
          const flat = flattenRow(view.rows[i]!) as Record<string, unknown>;
          cells.forEach((cell, column) => {
            const name = columns[column]!;
            const value = Object.hasOwn(flat, name) ? flat[name] : null;
            const wanted = typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value);
            expect(typeof value === 'string' ? unguarded(cell) : cell).toBe(wanted.toWellFormed());
          });
        });
      }),
    );
  });
});

const unguarded = (cell: string): string => cell.replace(/^'(?='*[=+\-@\t\r\n＝＋－＠])/, '');

describe('an .ndjson answer', () => {
  it('is one flat row a line', () => {
    fc.assert(
      fc.property(groupStories, (story) => {
        const view = viewOf(story);
        const lines = [...ndjsonResult(resultPage(view))].join('').split('\n').slice(0, -1);
        expect(lines).toEqual(view.rows.map((row) => JSON.stringify(flattenRow(row))));
      }),
    );
  });
});

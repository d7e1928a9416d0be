import { applyToView, emptyFold, flattenRow, type GroupView } from '@multitask/task-group';
import { groupStories, GroupStory } from '@multitask/testing';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { resultPage } from '../query/result-page';
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

const unguarded = (cell: string): string => cell.replace(/^'(?='*[=+\-@\t\r])/, '');

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

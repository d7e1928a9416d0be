import { applyToView, emptyFold, flattenRow, type GroupView } from '@multitask/task-group';
import { groupStories, GroupStory, jsonOutput } from '@multitask/testing';
import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import MarkdownIt from 'markdown-it';
import { parse, type DefaultTreeAdapterTypes as Tree } from 'parse5';
import { resultHtml } from './html/result.html';
import { jsonResult } from './json/result.json';
import { markdownResult } from './markdown/result.markdown';
import { resultPage } from './query/result-page';
import { columnsOf } from './rows/columns';
import { snapshotFrames } from './stream/snapshot.frames';

/** CSV, NDJSON and SQLite are compared the same way beside the writer of SQLite files, whose parsers are programs of their own. */
const assets = { style: '/s.css', script: '/m.js', modules: [], icon: '/i.svg' };
const viewOf = (story: GroupStory): GroupView => story.events.reduce(applyToView, emptyFold(story.groupId)).view!;

type Flat = Record<string, unknown> & { $id: string | null; $status: string };
const jsonOf = (view: GroupView): Flat[] =>
  (JSON.parse([...jsonResult(resultPage(view))].join('')) as { results: Flat[] }).results;

/** What is no character is U+FFFD behind every wire; line ends and blanks are shown in one way each. */
const squeezed = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll('\0', '\uFFFD')
    .replace(/[\s\v\f\u0085\u2028\u2029]+/gu, ' ')
    .trim();

/** By columns: a short text or a number, which every format has to show as it is. */
const plainly = (row: Flat, column: string): string | undefined => {
  const value = Object.hasOwn(row, column) ? row[column] : undefined;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return typeof value === 'string' && value.length < 150 ? squeezed(value) : undefined;
};

const isElement = (node: Tree.Node): node is Tree.Element => 'tagName' in node;
const elementsOf = (node: Tree.Node): Tree.Element[] => [
  ...(isElement(node) ? [node] : []),
  ...('childNodes' in node ? node.childNodes.flatMap(elementsOf) : []),
];
const textOf = (node: Tree.Node): string =>
  'value' in node ? node.value : 'childNodes' in node ? node.childNodes.map(textOf).join('') : '';
const hasClass = (element: Tree.Element, name: string) =>
  element.attrs.some((attr) => attr.name === 'class' && attr.value.split(' ').includes(name));

/** Status and values of each row of the page's table. */
function htmlTable(view: GroupView): { status: string; values: string[] }[] {
  const page = Buffer.from(resultHtml(resultPage(view), assets)).toString();
  return elementsOf(parse(page))
    .filter(({ attrs }) => attrs.some(({ name }) => name === 'data-row'))
    .map((row) => {
      const parts = elementsOf(row);
      return {
        status: textOf(parts.find((part) => hasClass(part, 'status'))!),
        values: parts.filter((part) => hasClass(part, 'value')).map((part) => squeezed(textOf(part))),
      };
    });
}

const markdown = new MarkdownIt({ html: true });

/** The cells of the table, as a reader of Markdown shows them. */
function markdownTable(view: GroupView): string[][] {
  const rows: string[][] = [];
  for (const token of markdown.parse([...markdownResult(resultPage(view))].join(''), {})) {
    if (token.type === 'tr_open') rows.push([]);
    if (token.type !== 'inline' || rows.length === 0 || token.level < 4) continue;
    const shown = token.children!.map(({ type, content }) =>
      type === 'softbreak' || type === 'hardbreak' ? ' ' : content,
    );
    rows.at(-1)!.push(squeezed(shown.join('').replace(/<br\s*\/?>/g, ' ')));
  }
  return rows;
}

/** The rows that a snapshot tells, by a parser that knows nothing of us, cut in pieces as a network would. */
function streamed(view: GroupView, pieceLength: number): Flat[] {
  const rows: Flat[] = [];
  const parser = createParser({
    onEvent: ({ event, data }) => {
      const told = JSON.parse(data) as {
        type: string;
        row: number;
        result: Flat;
        rows: { row: number; result: Flat }[];
      };
      expect(told.type).toBe(event);
      if (event === 'task_run.state') rows[told.row] = told.result;
      if (event === 'rows') for (const { row, result } of told.rows) rows[row] = result;
    },
    onError: (error) => {
      throw error;
    },
  });
  const wire = [...snapshotFrames(view, 'log-1')].join('');
  for (let at = 0; at < wire.length; at += pieceLength) parser.feed(wire.slice(at, at + pieceLength));
  return rows;
}

function expectSame(view: GroupView, pieceLength = 1_000): void {
  const json = jsonOf(view);
  const columns = columnsOf(view.spec, view.rows);
  const page = htmlTable(view);
  const [, ...lines] = markdownTable(view);
  expect(streamed(view, pieceLength)).toEqual(json);
  expect(page).toHaveLength(json.length);
  expect(lines).toHaveLength(json.length);
  for (const [index, row] of json.entries()) {
    expect(page[index]!.status).toBe(row.$status.replace('_', ' '));
    for (const [column, name] of columns.entries()) {
      const value = plainly(row, name);
      if (value === undefined) continue;
      expect([name, page[index]!.values[column]]).toEqual([name, value]);
      // Behind the value may stand how sure it is.
      expect(lines[index]![column + 1]!.replace(/ ?(🟢|🟡|🔴)$/u, '')).toBe(value);
    }
  }
}

const deep = (levels: number): object => (levels === 0 ? { end: true } : { [`level ${levels}`]: [deep(levels - 1)] });

describe('page, Markdown and stream of a group', () => {
  it('say what .json says, whatever happened to it and whatever is in it', () => {
    fc.assert(
      fc.property(groupStories, fc.integer({ min: 1, max: 500 }), (story, pieceLength) =>
        expectSame(viewOf(story), pieceLength),
      ),
      { numRuns: 60 },
    );
  });

  it.each([
    ['no rows', []],
    ['empty rows', [{}, '', { '': '' }]],
    ['a huge value', [{ a: 'x'.repeat(300_000), b: 'behind it' }]],
    ['deep values', [{ a: deep(30), b: 'behind it' } as never]],
    ['many columns', [Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`column ${i}`, i]))]],
    ['many rows', Array.from({ length: 150 }, (_, i) => ({ i, text: `row ${i}` }))],
    [
      'names that mean something',
      [JSON.parse('{"__proto__":"a","constructor":"b","$id":"c","$status":"d","toString":"e"}')],
    ],
  ])('say what .json says of a group with %s', (_what, inputs) => {
    const story = new GroupStory().created(inputs);
    expectSame(viewOf(story));
    if (inputs.length === 0) return;
    expectSame(viewOf(story.bought([0]).reported(0, 'completed', { output: jsonOutput({ b: 'an answer', z: 1.5 }) })));
    expect(jsonOf(viewOf(story))[0]).toEqual(JSON.parse(JSON.stringify(flattenRow(viewOf(story).rows[0]!))));
  });
});

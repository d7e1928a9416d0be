import { applyToView, emptyFold, flattenRow, type GroupView } from '@multitask/task-group';
import {
  groupStories,
  GroupStory,
  hostileText,
  hostileTexts,
  jsonOutput,
  storyGroupId,
  storyRunId,
} from '@multitask/testing';
import fc from 'fast-check';
import { parse, type DefaultTreeAdapterTypes as Tree } from 'parse5';
import { resultPage } from '../query/result-page';
import { problemHtml } from './problem.html';
import { resultHtml } from './result.html';
import { rowHtml } from './row.html';
import { webUrl } from '../text/web-url';
import { inlineJson } from './template';

const assets = {
  style: '/assets/result.css',
  script: '/assets/page/main.js',
  modules: ['/assets/page/cells.js'],
  icon: '/assets/icon.svg',
};
const viewOf = (story: GroupStory): GroupView => story.events.reduce(applyToView, emptyFold(story.groupId)).view!;
/** As it arrives: what is no character becomes U+FFFD on its way through UTF-8. */
const render = (view: GroupView) => Buffer.from(resultHtml(resultPage(view, undefined, 'log-7'), assets)).toString();

const isElement = (node: Tree.Node): node is Tree.Element => 'tagName' in node;
function elementsOf(node: Tree.Node): Tree.Element[] {
  const children = 'childNodes' in node ? node.childNodes.flatMap(elementsOf) : [];
  return isElement(node) ? [node, ...children] : children;
}
const textOf = (node: Tree.Node): string =>
  'value' in node ? node.value : 'childNodes' in node ? node.childNodes.map(textOf).join('') : '';
const attribute = (element: Tree.Element, name: string) => element.attrs.find((attr) => attr.name === name)?.value;
const byId = (elements: Tree.Element[], id: string) => elements.find((element) => attribute(element, 'id') === id)!;

const ourTags = new Set(
  `html head meta title link script body header a span nav button main h1 h2 h3 p b code section div svg rect ul li table thead
   tbody tr th td time footer dl dt dd pre blockquote details summary small input`.split(/\s+/),
);

/** What must hold of every page of ours, whatever the data: nothing in it runs, loads or leads anywhere we did not mean. */
function expectHarmless(page: string): Tree.Element[] {
  const elements = elementsOf(parse(page));
  for (const element of elements) {
    expect(ourTags).toContain(element.tagName);
    for (const { name, value } of element.attrs) {
      expect(name).toMatch(/^[a-z][a-zA-Z-]*$/);
      expect(name).not.toMatch(/^on|^style$|^srcdoc$/);
      if (name === 'href' || name === 'src') expect(value).toMatch(/^(https?:\/\/|\/(?!\/)|#table$)/i);
    }
  }
  const scripts = elements.filter((element) => element.tagName === 'script');
  expect(scripts.length).toBeLessThanOrEqual(2);
  for (const script of scripts) expect([assets.script, undefined]).toContain(attribute(script, 'src'));
  return elements;
}

describe('the page of a group', () => {
  const story = () =>
    new GroupStory()
      .created([{ country: 'France', site: 'https://example.com/?a=1&b=2' }, { country: 'Japan' }])
      .bought([0, 1])
      .reported(0, 'completed', {
        output: jsonOutput({ capital: 'Paris' }, [{ field: 'capital', confidence: 'high' }]),
      })
      .reported(1, 'failed', { error: 'No sources.' });

  it('is right before any script ran: title, counts, status first, values, reasons', () => {
    const elements = elementsOf(parse(render(viewOf(story()))));
    expect(textOf(elements.find(({ tagName }) => tagName === 'title')!)).toBe('⏳ 2/2 Task group');
    const heads = elements.filter((element) => element.tagName === 'th' && attribute(element, 'scope') === 'col');
    expect(heads.map(textOf)).toEqual(['Status', 'country', 'site', 'capital']);
    const rows = elements.filter((element) => attribute(element, 'data-row') !== undefined);
    expect(rows.map((row) => attribute(row, 'class'))).toEqual(['completed', 'failed']);
    expect(textOf(rows[0]!).replace(/\s+/g, ' ')).toContain('completed France https://example.com/?a=1&b=2 Paris');
    expect(textOf(rows[1]!)).toContain('No sources.');
    expect(elements.map((element) => attribute(element, 'href'))).toContain(`/${storyGroupId}/runs/${storyRunId(0)}`);
  });

  it('holds the data for its script, with the position the stream goes on from', () => {
    const data = JSON.parse(textOf(byId(elementsOf(parse(render(viewOf(story())))), 'result')));
    expect(data).toMatchObject({
      taskgroup_id: storyGroupId,
      event_id: 'log-7',
      columns: ['country', 'site', 'capital'],
      results: [{ country: 'France', capital: 'Paris' }, { country: 'Japan' }],
      runs: [{ confidence: { capital: 'high' }, basis: [] }, { status: 'failed' }],
    });
  });

  it('says plainly when the answers are the emulator’s, and only then', () => {
    expect(render(viewOf(new GroupStory().created(['a'], { upstream: 'emulator' })))).toContain('local emulator');
    expect(render(viewOf(new GroupStory().created(['a'])))).not.toContain('local emulator');
  });

  it('leads to the next rows without a script too', () => {
    const view = viewOf(new GroupStory().created(['a', 'b', 'c']));
    const query = { statuses: undefined, limit: 2, from: 0, fields: undefined, basis: { of: 'all' as const } };
    expect(resultHtml(resultPage(view, query), assets)).toContain(`href="/${storyGroupId}.html?limit=2&amp;cursor=r2"`);
  });

  it('shows every value as text and nothing else, whatever the data', () => {
    fc.assert(
      fc.property(groupStories, (life) => {
        const view = viewOf(life);
        const elements = expectHarmless(render(view));
        const data = JSON.parse(textOf(byId(elements, 'result')));
        expect(JSON.stringify(data.results)).toBe(JSON.stringify(view.rows.map(flattenRow)));
        const rows = elements.filter((element) => attribute(element, 'data-row') !== undefined);
        expect(rows).toHaveLength(view.rows.length);
        for (const row of rows) {
          const cells = row.childNodes.filter((node) => isElement(node) && node.tagName === 'td');
          expect(cells).toHaveLength(data.columns.length);
        }
        for (const row of view.rows.filter(({ runId }) => runId !== null)) expectHarmless(rowHtml(row, view, assets));
      }),
      { numRuns: 40 },
    );
  });

  it.each(hostileTexts)('shows %j in its place', (text) => {
    const view = viewOf(new GroupStory().created([{ [text]: text }]));
    const cell = expectHarmless(render(view)).find(({ tagName }) => tagName === 'td');
    expect(textOf(cell!)).toContain(
      text.toWellFormed().replaceAll('\r\n', '\n').replaceAll('\r', '\n').replaceAll('\0', '\uFFFD'),
    );
  });
});

describe('the page of a problem', () => {
  it('shows hostile text as text', () => {
    fc.assert(
      fc.property(hostileText, (detail) => {
        const problem = {
          type: 'urn:x',
          title: 'T',
          status: 404,
          detail,
          code: 'group_not_found',
          retryable: false,
        } as const;
        expectHarmless(problemHtml(problem, assets));
      }),
    );
  });
});

describe('inlined JSON', () => {
  it('is the same JSON and cannot leave its element', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const inlined = inlineJson({ text }).text;
        expect(inlined).not.toMatch(/[<>&\u2028\u2029]/);
        expect(JSON.parse(inlined)).toEqual({ text });
      }),
    );
  });
});

describe('a link', () => {
  it.each([
    'javascript:alert(1)',
    'data:text/html,x',
    ' https://x',
    '//evil.example',
    'https://',
    'https://a b',
    'ftp://x',
  ])('is never made of %j', (text) => expect(webUrl(text)).toBeUndefined());
});

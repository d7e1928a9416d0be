import { applyToView, emptyFold, flattenRow, type GroupView } from '@multitask/task-group';
import { groupStories, GroupStory, hostileText, jsonOutput, storyGroupId, storyRunId } from '@multitask/testing';
import fc from 'fast-check';
import MarkdownIt from 'markdown-it';
import { resultPage } from '../query/result-page';
import { columnsOf } from '../rows/columns';
import { cellText } from '../rows/cell-text';
import { escapeMarkdown } from './escape';
import { markdownResult } from './result.markdown';

const viewOf = (story: GroupStory): GroupView => story.events.reduce(applyToView, emptyFold(story.groupId)).view!;
const render = (view: GroupView) => [...markdownResult(resultPage(view))].join('');
const parser = new MarkdownIt({ html: true });

/** The table as an independent parser understands it: the text of each cell, row by row, the header first. */
function tableOf(markdown: string): { cells: string[][]; rawHtml: string[] } {
  const cells: string[][] = [];
  const rawHtml: string[] = [];
  let open = false;
  for (const token of parser.parse(markdown, {})) {
    if (token.type === 'html_block') rawHtml.push(token.content);
    if (token.type === 'tr_open') cells.push([]);
    if (token.type === 'th_open' || token.type === 'td_open') open = true;
    if (token.type === 'th_close' || token.type === 'td_close') open = false;
    if (token.type !== 'inline') continue;
    for (const child of token.children ?? [])
      if (child.type === 'html_inline' && child.content !== '<br>') rawHtml.push(child.content);
    if (open)
      cells
        .at(-1)!
        .push((token.children ?? []).map((child) => (child.content === '<br>' ? '\n' : child.content)).join(''));
  }
  return { cells, rawHtml };
}

describe('a .md answer', () => {
  const story = () =>
    new GroupStory()
      .created([{ country: 'France' }, { country: 'a|b' }, { country: 'x\ny' }])
      .bought([0, 1])
      .reported(0, 'completed', {
        output: jsonOutput({ capital: 'Paris', size: 2 }, [
          { field: 'capital', confidence: 'high', reasoning: 'Secret.' },
        ]),
      })
      .reported(1, 'failed', { error: 'No `sources`.' });

  it('has status first, then the data with its confidence, and the reason of a failure', () => {
    const markdown = render(viewOf(story()));
    expect(markdown).toMatch(/^# ⏳ 2\/3 Task group\n/);
    expect(markdown).toContain(
      [
        '| Status | country | capital | size |',
        '| --- | --- | --- | --- |',
        '| ✅ completed | France | Paris 🟢 | 2 |',
        '| ❌ failed: No \\`sources\\`. | a\\|b |  |  |',
        '| ⏳ queued | x<br>y |  |  |',
        '',
      ].join('\n'),
    );
    expect(markdown).not.toContain('Secret');
  });

  it('says at the end that it is done', () => {
    const done = viewOf(new GroupStory().created(['a']).bought([0]).completedRow(0, { n: 1 }).completed());
    expect(render(done)).toMatch(/^# ✅ 1\/1 Task group\n\nThe row is done\./);
  });

  it('says when the answers are the emulator’s', () => {
    expect(render(viewOf(new GroupStory().created(['a'], { upstream: 'emulator' })))).toContain('local emulator');
  });

  it('cuts a long value and links the whole of it', () => {
    const long = `${'word '.repeat(200)}end`;
    const markdown = render(viewOf(new GroupStory().created(['a']).bought([0]).completedRow(0, { long })));
    expect(markdown).not.toContain('end |');
    expect(markdown).toContain(`… [whole](http://127.0.0.1:8080/${storyGroupId}/runs/${storyRunId(0)}.md)`);
  });

  it('leads on when there are more rows than were asked for', () => {
    const page = resultPage(viewOf(story()), {
      statuses: undefined,
      limit: 2,
      from: 0,
      fields: undefined,
      basis: { of: 'all' },
    });
    expect([...markdownResult(page)].join('')).toContain(`/${storyGroupId}.md?cursor=r2`);
  });

  it('keeps its columns and its rows, and lets no HTML in, whatever the data', () => {
    fc.assert(
      fc.property(groupStories, (life) => {
        const view = viewOf(life);
        const { cells, rawHtml } = tableOf(render(view));
        const columns = columnsOf(view.spec, view.rows);
        expect(cells).toHaveLength(view.rows.length + 1);
        for (const row of cells) expect(row).toHaveLength(columns.length + 1);
        expect(rawHtml).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it('shows any short value as it is', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        fc.pre(text.length < 200);
        const view = viewOf(new GroupStory().created([{ a: text, z: 'end' }]));
        const shown = tableOf(render(view)).cells[1]![1]!;
        const wanted = cellText((flattenRow(view.rows[0]!) as Record<string, string>).a).trim();
        expect(squeezed(shown)).toBe(squeezed(wanted));
      }),
      { numRuns: 500 },
    );
  });
});

/** Line ends and the NUL are shown in one way each; runs of spaces mean nothing in Markdown. */
const squeezed = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\r\n|[\r\v\f\u0085\u2028\u2029]/g, '\n')
    .replaceAll('\0', '\uFFFD')
    .replace(/[^\S\n]+/gu, ' ')
    .replace(/ ?\n ?/g, '\n')
    .trim();

describe('escaping for Markdown', () => {
  it('leaves harmless text readable', () => {
    for (const text of ['AT&T', 'snake_case', 'R&D in 2026', 'https://example.com/a_b?c=1&d=2'])
      expect(escapeMarkdown(text)).toBe(text);
  });
});

import { hostileTexts } from '@multitask/testing';
import fc from 'fast-check';
import { documentHtml } from './text.html';

const shown = (text: string) =>
  documentHtml(text).text.replace(/\s+/g, ' ').replaceAll(' >', '>').replace(/> </g, '><');

describe('a text as a document on a page', () => {
  it('has the elements of its parts, and headings that leave out no level', () => {
    const text = '## A\n\n#### B\n\n# C\n\n1. x\n   - `y`\n\n| h |\n|---|\n| **v** |\n\n> q\n\n```js\n<b>\n```';
    expect(shown(text)).toBe(
      '<div class="document"><h3 class="level-2">A</h3><h4 class="level-4">B</h4><h3 class="level-1">C</h3>' +
        '<ol start="1"><li>x<ul><li><code>y</code></li></ul></li></ol>' +
        '<div class="document-table" role="group" aria-label="Table" tabindex="0"><table><thead><tr><th>h</th></tr></thead>' +
        '<tbody><tr><td><strong>v</strong></td></tr></tbody></table></div><blockquote><p>q</p></blockquote>' +
        '<pre><span class="code-name">js</span><code>&lt;b&gt;</code></pre></div>',
    );
  });

  it('is shown as it came when it is very long', () => {
    expect(documentHtml('# a '.repeat(60_000)).text).toMatch(/^<div class="text"># a /);
  });

  const ours =
    /^<(\/?(p|ul|li|pre|code|strong|em|del|blockquote|table|thead|tbody|tr|th|td|h[3-6]|div|span|a|ol)|(br|hr) \/|h[3-6] class="level-[1-4]"|div class="document(-table" role="group" aria-label="Table" tabindex="0)?"|span class="code-name"|ol start="\d+"|a href="https?:\/\/[^"<>\s]+" rel="noopener noreferrer nofollow" target="_blank")>$/i;

  it('has no element and no attribute but ours, whatever the text', () => {
    const piece = fc.oneof(
      fc.constantFrom(...hostileTexts),
      fc.constantFrom('*', '**', '`', '[', '](', ')', '|', '\n', '- ', '> ', '# ', '```', 'https://a.example/"x', '<'),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        for (const [tag] of shown(pieces.join('')).matchAll(/<[^>]*>/g)) expect(tag).toMatch(ours);
      }),
    );
  });
});

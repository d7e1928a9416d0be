import { hostileText } from '@multitask/testing';
import fc from 'fast-check';
import MarkdownIt from 'markdown-it';
import { embeddedMarkdown } from './embedded';

const parser = new MarkdownIt({ html: true });

describe('a document inside a document', () => {
  it.each([
    ['# Title\n\ntext', '### Title\n\ntext'],
    ['##### Deep', '###### Deep'],
    ['#hashtag', '#hashtag'],
    ['Title\n===\nx', 'Title\n\\===\nx'],
    ['a <b>c</b> & 1 < 2', 'a &lt;b>c&lt;/b> & 1 < 2'],
    ['```html\n<b># x\n```\n# y', '```html\n<b># x\n```\n### y'],
    ['```\nopen', '```\nopen\n```'],
    ['- a\n  ```\n<b>', '- a\n  \\```\n&lt;b>'],
    ['a\n  ~~~\nb', 'a\n  \\~~~\nb'],
    ['\n \n    ```', '    ```'],
    ['a\r\nb\rc', 'a\nb\nc'],
  ])('%j is %j', (text, expected) => expect(embeddedMarkdown(text, 2)).toBe(expected));

  const part = fc.oneof(
    hostileText,
    fc.constantFrom('```', '~~~', '<script>', '\n', '\n\n', '- ', '> ', ' ', '    ', '`', '[a]: <'),
  );

  it('brings no HTML, no heading above its place, and swallows nothing that follows', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const tokens = parser.parse(`${embeddedMarkdown(parts.join(''), 2)}\n\n## After\n`, {});
        const all = tokens.flatMap((token) => [token, ...(token.children ?? [])]);
        expect(all.filter(({ type }) => type === 'html_block' || type === 'html_inline')).toEqual([]);
        expect(all.filter(({ type, tag }) => type === 'heading_open' && tag === 'h1')).toEqual([]);
        expect(tokens.at(-2)).toMatchObject({ type: 'inline', content: 'After' });
      }),
      { numRuns: 1_000 },
    );
  });
});

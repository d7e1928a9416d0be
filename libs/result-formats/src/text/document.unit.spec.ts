import fc from 'fast-check';
import { readDocument, type Block } from './document';
import type { Inline } from './inline';

/** A document as plain as can be: `em(a)`, `link(https://… words)`. */
const told = (nodes: readonly Inline[]): string =>
  nodes
    .map((node) => {
      if (typeof node === 'string') return node;
      if (node.kind === 'break') return '⏎';
      if (node.kind === 'code') return `code(${node.text})`;
      if (node.kind === 'link') return `link(${node.url} ${told(node.children)})`;
      return `${node.kind}(${told(node.children)})`;
    })
    .join('');

const outline = (blocks: readonly Block[]): unknown[] =>
  blocks.map((block) => {
    switch (block.kind) {
      case 'paragraph':
        return told(block.text);
      case 'heading':
        return { [`h${block.level}`]: told(block.text) };
      case 'code':
        return { [block.name === '' ? 'code' : block.name]: block.text };
      case 'quote':
        return { quote: outline(block.blocks) };
      case 'list':
        return { [block.start === null ? 'ul' : `ol${block.start}`]: block.items.map(outline) };
      case 'table':
        return { table: [block.head.map(told), ...block.rows.map((cells) => cells.map(told))] };
      case 'rule':
        return 'rule';
    }
  });
const read = (text: string) => outline(readDocument(text));

describe('the blocks of a text', () => {
  test.each<[string, unknown[]]>([
    ['# One\nTwo\n\n### Three ###', [{ h1: 'One' }, 'Two', { h3: 'Three' }]],
    ['Title\n===\nPart\n---\n\n---', [{ h1: 'Title' }, { h2: 'Part' }, 'rule']],
    ['line one\nline two', ['line one⏎line two']],
    ['- a\n- b\n  - c\n\n  d\n- e', [{ ul: [['a'], ['b', { ul: [['c']] }, 'd'], ['e']] }]],
    ['3. a\n   more\n4. b\n  - c', [{ ol3: [['a⏎more'], ['b', { ul: [['c']] }]] }]],
    ['* a\n+ b', [{ ul: [['a']] }, { ul: [['b']] }]],
    ['In\n1999. not a list', ['In⏎1999. not a list']],
    ['> a\nlazy\n> > b', [{ quote: ['a⏎lazy', { quote: ['b'] }] }]],
    ['```js\n<b>\n# no\n```\nafter', [{ js: '<b>\n# no' }, 'after']],
    ['~~~\nnever closed', [{ code: 'never closed' }]],
    ['    indented', [{ code: 'indented' }]],
    [
      '| a | b |\n|---|:-:|\n| 1 | x\\|y |\n| 2 |\n| 3 | 4 | 5 |\n\nend',
      [
        {
          table: [
            ['a', 'b'],
            ['1', 'x|y'],
            ['2', ''],
            ['3', '4 | 5'],
          ],
        },
        'end',
      ],
    ],
    ['a | b\nc', ['a | b⏎c']],
    ['', []],
  ])('%j', (text, expected) => expect(read(text)).toEqual(expected));
});

describe('what stands within a line', () => {
  test.each([
    ['*a* _b_ **c** __d__ ***e*** ~~f~~', 'em(a) em(b) strong(c) strong(d) em(strong(e)) del(f)'],
    ['2 * 3 * 4, snake_case_name, a*, ~1', '2 * 3 * 4, snake_case_name, a*, ~1'],
    ['**open *and never closed', '**open *and never closed'],
    ['`a*b*` ``x ` y``', 'code(a*b*) code(x ` y)'],
    ['\\*no\\* \\<', '*no* <'],
    ['[Words *here*](https://a.example/x_(y)) end', 'link(https://a.example/x_(y) Words em(here)) end'],
    ['![alt](https://a.example/p.png)', 'link(https://a.example/p.png alt)'],
    ['[1] and [one][1]\n\n[1]: https://a.example "t"', 'link(https://a.example 1) and link(https://a.example one)'],
    [
      'See https://a.example/b?c=d. (https://e.example)',
      'See link(https://a.example/b?c=d https://a.example/b?c=d). (link(https://e.example https://e.example))',
    ],
    ['<https://a.example>', 'link(https://a.example https://a.example)'],
    ['a<br>b &amp; &lt;c&gt; &copy;', 'a⏎b & <c> &copy;'],
    ['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
    [
      '[x](javascript:alert(1)) [y](data:text/html,z) <javascript:a>',
      '[x](javascript:alert(1)) [y](data:text/html,z) <javascript:a>',
    ],
  ])('%j', (text, expected) => expect(read(text)[0]).toBe(expected));
});

const links = (blocks: readonly Block[]): string[] =>
  [...JSON.stringify(blocks).matchAll(/"url":"([^"]*)"/g)].map(([, url]) => url!);
const markdown = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '*',
        '**',
        '_',
        '`',
        '```',
        '~~',
        '[',
        ']',
        '(',
        ')',
        '](',
        '!',
        '<',
        '>',
        '\\',
        '|',
        '---',
        '#',
        '- ',
        '1. ',
        '> ',
        '    ',
        '\n',
        '\n\n',
        ' ',
        ':',
      ),
      fc.constantFrom('word', 'https://a.example', 'javascript:alert(1)', '<script>', '&lt;', '[1]: https://b.example'),
      fc.string(),
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(''));

describe('whatever a text holds', () => {
  test('it is read, no word is lost, and every link leads to http(s)', () => {
    fc.assert(
      fc.property(markdown, (text) => {
        const blocks = readDocument(`${text}\n\nKilimanjaro`);
        expect(JSON.stringify(blocks)).toContain('Kilimanjaro');
        for (const url of links(blocks)) expect(url).toMatch(/^https?:\/\//i);
        for (const word of text.match(/word/g) ?? []) expect(JSON.stringify(blocks)).toContain(word);
      }),
      { numRuns: 500 },
    );
  });

  // Each would take hours where time grew with the square of the length.
  test.each([
    '*a ',
    '**',
    '_a_*',
    '[',
    '[a](',
    '[a](b "',
    '![',
    '`',
    '`` ` ',
    '> ',
    '- ',
    '  - ',
    '|',
    '|-',
    '<',
    '&',
    '\\',
    '~~a',
    'https://',
    '# ',
    '[a]: b\n',
    '*a _b ',
    '((',
    'a\n|\n',
    '=',
    '1. a\n',
    '     ',
  ])('100,000 times %j takes no longer than a text of that length may', (part) => {
    const began = performance.now();
    readDocument(part.repeat(100_000));
    expect(performance.now() - began).toBeLessThan(20_000);
  });
});

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const root = join(__dirname, '../..');
const length = 50_000;

interface Expression {
  readonly file: string;
  readonly text: string;
}

/** Every regular expression that is written in the product's sources. */
function expressionsOf(): Expression[] {
  const files = execFileSync('git', ['ls-files', 'libs/*/src/**', 'services/*/src/**'], { cwd: root, encoding: 'utf8' })
    .split('\n')
    .filter((file) => /\.[jt]s$/.test(file) && !/\.spec\.ts$|\/testing\/|\/local-infrastructure\//.test(file));
  const found = new Map<string, Expression>();
  for (const file of files) {
    const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest);
    const visit = (node: ts.Node): void => {
      if (node.kind === ts.SyntaxKind.RegularExpressionLiteral) {
        const text = node.getText(source);
        found.set(text, { file, text });
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return [...found.values()];
}

/** What the expressions of this house are about, over and over; with an end that fits none of them, and without. */
const pieces = [
  ...'aA0 \n\t\r-_.,"\\/=<&|@%#?:;é{[(+*`~$',
  ...[
    '🙂',
    'a ',
    'a.',
    'ab',
    'a-',
    '0.',
    'a,',
    '" ',
    '""',
    '\\"',
    '  \n',
    '://a',
    'https://a',
    'http://a',
    'Bearer a ',
  ],
  ...[
    'whsec_a',
    '"token":"',
    '"token":"\\"',
    'a=',
    '/a',
    '_a',
    'aA',
    '.a',
    '::',
    'x;',
    '--',
    'wait=',
    '[0]',
    '<a',
    '&a;',
  ],
];
const ends = ['', '!\0'];

const cpuMs = (work: () => unknown): number => {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
};

/** Set by the operator, or short by its making. */
const neverLong: ReadonlySet<string> = new Set([String.raw`/\/+$/`]);

describe('regular expressions', () => {
  it(`read ${length} characters made to keep them busy within 50 ms`, () => {
    const expressions = expressionsOf();
    expect(expressions.length).toBeGreaterThan(60);
    const slow: string[] = [];
    let slowest = 0;
    for (const { file, text } of expressions.filter((expression) => !neverLong.has(expression.text))) {
      const [, source = '', flags = ''] = /^\/(.*)\/([a-z]*)$/s.exec(text)!;
      const expression = new RegExp(source, flags.replace('y', ''));
      for (const piece of pieces)
        for (const end of ends) {
          const input = piece.repeat(Math.ceil(length / piece.length)).slice(0, length) + end;
          const read = () => (expression.global ? input.replace(expression, '') : expression.test(input));
          const first = cpuMs(read);
          // Once more, since the first use compiles it, and a busy machine may be slow once.
          const ms = first > 50 ? Math.min(first, cpuMs(read), cpuMs(read)) : first;
          slowest = Math.max(slowest, ms);
          if (ms > 50) slow.push(`${text} of ${file} on ${JSON.stringify(piece + end)}: ${ms.toFixed(0)} ms`);
          if (ms > 1_000) break;
        }
    }
    process.stdout.write(`${expressions.length} regular expressions, the slowest ${slowest.toFixed(0)} ms\n`);
    expect(slow).toEqual([]);
  });

  it('would have been found: one that is quadratic takes longer', () => {
    const input = `${' '.repeat(length)}!`;
    expect(cpuMs(() => /\s+$/.test(input))).toBeGreaterThan(50);
  });
});

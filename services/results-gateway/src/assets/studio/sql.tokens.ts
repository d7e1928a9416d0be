export type TokenKind = 'word' | 'keyword' | 'name' | 'text' | 'number' | 'comment' | 'sign' | 'space';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

const keywords = new Set(
  `all and as asc between by case cast collate count create cross delete desc distinct drop else end escape except exists
   filter from full glob group having in inner insert intersect into is isnull join left like limit match materialized natural
   not notnull null nulls offset on or order outer over partition pragma recursive regexp right select set table then union
   update using values view when where window with`.split(/\s+/),
);

const patterns: readonly (readonly [TokenKind, RegExp])[] = [
  ['space', /\s+/y],
  ['comment', /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y],
  ['text', /'(?:[^']|'')*(?:'|$)/y],
  ['name', /"(?:[^"]|"")*(?:"|$)|\[[^\]]*(?:\]|$)|`[^`]*(?:`|$)/y],
  ['number', /\d+(?:\.\d+)?(?:e[+-]?\d+)?/iy],
  ['word', /[\p{L}_$][\p{L}\p{N}_$]*/uy],
  ['sign', /[\s\S]/uy],
];

/** Cuts SQL into pieces for the eye; together they are the text again. */
export function tokensOf(sql: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < sql.length;) {
    for (const [kind, pattern] of patterns) {
      pattern.lastIndex = at;
      const text = pattern.exec(sql)?.[0];
      if (text === undefined) continue;
      tokens.push({ kind: kind === 'word' && keywords.has(text.toLowerCase()) ? 'keyword' : kind, text });
      at += text.length;
      break;
    }
  }
  return tokens;
}

/** An identifier as it may stand in a statement: in quotes only where it needs them. */
export const nameInSql = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) && !keywords.has(name) && !reserved.has(name)
    ? name
    : `"${name.replaceAll('"', '""')}"`;

/** Words of SQLite's grammar that are common names of columns. */
const reserved = new Set([
  'index',
  'to',
  'add',
  'check',
  'default',
  'references',
  'primary',
  'unique',
  'transaction',
  'if',
  'commit',
  'begin',
  'constraint',
  'foreign',
  'alter',
  'returning',
  'nothing',
  'column',
  'row',
  'rows',
  'range',
  'key',
  'values',
]);

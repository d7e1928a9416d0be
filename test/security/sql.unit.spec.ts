import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../..');

const sources = (): Map<string, string> =>
  new Map(
    execFileSync('git', ['ls-files', 'libs/*/src/**.ts', 'services/*/src/**.ts'], { cwd: root, encoding: 'utf8' })
      .split('\n')
      .filter((file) => file !== '' && !/\.spec\.ts$|\/testing\//.test(file))
      .map((file) => [file, readFileSync(join(root, file), 'utf8')]),
  );

/** Where text becomes SQL without being a parameter; each names no more than constants of ours. */
const rawAllowed = /\/(migrations?|migrate|rebuild|repair|schema)\b|local-infrastructure|parallel-emulator\/src\/store/;

/** A table whose columns are the user's own words: quoting them is what its property tests are about. */
const columnsOfUsers = /sqlite-export\/src\/sqlite\.writer\.ts$/;

/** Names of things, which no parameter can stand for. */
const identifiersAllowed = /(read-model|orchestration-postgres)\/src\//;

const uses = (pattern: RegExp, allowed: RegExp): string[] =>
  [...sources()].filter(([file, text]) => pattern.test(text) && !allowed.test(file)).map(([file]) => file);

describe('SQL', () => {
  it('is made of parameters: raw text and literals are taken nowhere but in migrations', () => {
    expect(uses(/\bsql\s*\.\s*(raw|lit|literal|unsafe)\b/, rawAllowed)).toEqual([]);
  });

  it('takes names of tables and columns from our own words alone', () => {
    expect(uses(/\bsql\s*\.\s*(id|ref|table)\b|\.dynamic\b/, identifiersAllowed)).toEqual([]);
  });

  it('is not put together from pieces of text', () => {
    const assembled = /\.(query|exec|prepare)\(\s*(`[^`]*\$\{|["'][^"'\n]*["']\s*\+)/;
    const found = uses(assembled, rawAllowed);
    expect(found.filter((file) => !columnsOfUsers.test(file))).toEqual([]);
  });

  it('goes over pools with a time limit for statements, for locks and for transactions that nobody ends', () => {
    const pools = [...sources()].filter(([, text]) => /new Pool\(/.test(text));
    expect(pools.map(([file]) => file)).toContain('libs/read-model/src/database.ts');
    for (const [, text] of pools)
      for (const limit of ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'])
        expect(text).toContain(limit);
  });
});

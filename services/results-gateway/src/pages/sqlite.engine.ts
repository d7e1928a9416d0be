import { readFileSync } from 'node:fs';

export const engine = 'vendor/sqlite.wasm';

/**
 * SQLite for browsers, from the package that the lock file names by its digest. Its script was written for every kind of loader but
 * the one that browsers have: a line before and one after make a module of it.
 */
export function engineFiles(): [name: string, content: Buffer][] {
  const read = (name: string) => readFileSync(require.resolve(`sql.js/dist/${name}`));
  return [
    [
      'vendor/sqlite.js',
      Buffer.concat([
        Buffer.from('let module;\n'),
        read('sql-wasm-browser.js'),
        Buffer.from('\nexport default initSqlJs;\n'),
      ]),
    ],
    [engine, read('sql-wasm-browser.wasm')],
  ];
}

import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';

const root = resolve(__dirname, '../..');

/** The writer is a module of another kind, which compiles what it reads. */
const written = (): Record<string, string> =>
  JSON.parse(
    execFileSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { frontDoorFiles } from './deploy/front-door/write.mjs'; console.log(JSON.stringify(await frontDoorFiles()))`,
      ],
      { cwd: root, encoding: 'utf8' },
    ),
  );

it('the files of the front door say what the table of routes says: run node deploy/front-door/write.mjs', () => {
  for (const [name, text] of Object.entries(written())) expect(readFileSync(join(root, name), 'utf8')).toBe(text);
});

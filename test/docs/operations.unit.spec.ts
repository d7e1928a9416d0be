import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { globSync } from 'node:fs';

const root = resolve(__dirname, '../..');
const page =
  readFileSync(join(root, 'docs/operations.md'), 'utf8') + readFileSync(join(root, 'docs/EMULATOR.md'), 'utf8');

const settingFiles = globSync('{libs,services}/*/src/**/{*settings,config}.ts', { cwd: root });

/** Names that a settings schema reads from the environment. */
const settingsIn = (file: string): string[] =>
  [...readFileSync(join(root, file), 'utf8').matchAll(/^\s+([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*): (?!number|string)/gm)].map(
    (match) => match[1]!,
  );

describe('docs/operations.md', () => {
  test('there are settings to document', () => expect(settingFiles.length).toBeGreaterThan(5));

  test.each(settingFiles)('names every setting of %s', (file) => {
    expect(settingsIn(file).filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});

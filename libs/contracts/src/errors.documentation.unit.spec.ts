import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorKinds, type ErrorCode } from './errors';

const root = join(__dirname, '../../..');
const page = readFileSync(join(root, 'docs/errors.md'), 'utf8');
const codes = Object.keys(errorKinds) as ErrorCode[];

/** All sources in which an error may be thrown: not the registry itself, no tests, and not the client, which only reads codes. */
const sources = ['libs', 'services']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(root, folder, file)),
  )
  .filter(
    (file) =>
      /[\\/]src[\\/].*\.ts$/.test(file) &&
      !/\.spec\.ts$|contracts[\\/]src[\\/]errors\.ts$|[\\/](parallel-emulator|client)[\\/]src[\\/]/.test(file),
  )
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');

describe('docs/errors.md', () => {
  it.each(codes)('explains %s under an anchor that is its code, below its status', (code) => {
    const status = page
      .split(new RegExp(`^### ${code}$`, 'm'))[0]!
      .match(/^## (\d{3})$/gm)
      ?.at(-1);
    expect(page).toMatch(new RegExp(`^### ${code}\\n\\n\\S`, 'm'));
    expect(status).toBe(`## ${errorKinds[code].status}`);
  });

  it('explains nothing that does not exist', () => {
    const explained = [...page.matchAll(/^### (\S+)$/gm)].map((match) => match[1]);
    expect(explained).toEqual(codes);
  });
});

describe('the registry', () => {
  it.each(codes)('%s is thrown somewhere', (code) => {
    expect(sources).toContain(`'${code}'`);
  });
});

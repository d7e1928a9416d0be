// Prints what the image holds as a CycloneDX 1.5 document: Node, npm packages as they were installed, packages of the base.
// npm's own command wants everything of the lock to be there, which an image of the services alone has not.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

const read = (file) => JSON.parse(readFileSync(file, 'utf8'));
const { version } = read('package.json');

const npmPurl = (name, at) => `pkg:npm/${name.replace('@', '%40')}@${at}`;
const installed = Object.entries(read('node_modules/.package-lock.json').packages)
  .filter(([path, { link }]) => path.startsWith('node_modules/') && !link)
  .map(([path, { version: at, integrity }]) => {
    const { name, license } = read(`${path}/package.json`);
    const [algorithm, hash] = (integrity ?? '').split('-');
    return {
      type: 'library',
      name,
      version: at,
      purl: npmPurl(name, at),
      ...(typeof license === 'string' && { licenses: [{ expression: license }] }),
      ...(algorithm === 'sha512' && {
        hashes: [{ alg: 'SHA-512', content: Buffer.from(hash, 'base64').toString('hex') }],
      }),
    };
  });
const base = execFileSync('dpkg-query', ['--show', '--showformat', '${Package} ${Version} ${Architecture}\n'], {
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .map((line) => line.split(' '))
  .map(([name, at, architecture]) => ({
    type: 'library',
    name,
    version: at,
    purl: `pkg:deb/debian/${name}@${encodeURIComponent(at)}?arch=${architecture}`,
  }));
const node = { type: 'platform', name: 'node', version: process.versions.node };

process.stdout.write(
  `${JSON.stringify({
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: { component: { type: 'application', name: 'multitask', version } },
    components: [node, ...installed, ...base],
  })}\n`,
);

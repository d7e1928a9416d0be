import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import type { PageAssets } from '@multitask/result-formats';
import { engineFiles } from './sqlite.engine';

export interface AssetFile {
  readonly type: string;
  readonly content: Buffer;
  /** Named as it is by now: what this address gives never changes. */
  readonly isCurrent: boolean;
}

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/** What the list of groups loads: few of the page's own. */
const groupsModules = [
  'groups/groups.page.js',
  ...[
    'data/row',
    'data/row.order',
    'data/text',
    'owner/kept.key',
    'owner/owner.client',
    'owner/time',
    'view/bar',
    'view/dom',
  ].map((name) => `page/${name}.js`),
];

/** Compiled ones, wherever this runs from: sources in `src/assets` are what no browser reads. */
export const assetFolder = resolve(__dirname, '../../dist/assets');

/**
 * The pages' own files, all under one revision that changes with any of them, so that a browser may keep them for ever and
 * modules find one another by relative names: `/assets/<revision>/page/main.js`.
 */
export class AssetStore {
  private readonly files = new Map<string, Omit<AssetFile, 'isCurrent'>>();
  readonly page: PageAssets;
  readonly groups: PageAssets;
  readonly revision: string;

  constructor(folder: string = assetFolder) {
    const hash = createHash('sha256');
    const own = namesIn(folder).map((name) => [name, readFileSync(join(folder, name))] as const);
    for (const [name, content] of [...own, ...engineFiles()]) {
      hash.update(`${name}\n${content.length}\n`).update(content);
      this.files.set(name, { type: types[extname(name)]!, content });
    }
    this.revision = hash.digest('hex').slice(0, 12);
    // One request instead of one a part.
    const parts = [...this.files].filter(([name]) => name.startsWith('style/')).map(([, { content }]) => content);
    this.files.set('page.css', { type: types['.css']!, content: Buffer.concat(parts) });
    const modules = [...this.files.keys()].filter(
      (name) => /^(page|lib)\/.*\.js$/.test(name) && name !== 'page/main.js',
    );
    this.page = {
      style: this.address('page.css'),
      script: this.address('page/main.js'),
      modules: modules.map((name) => this.address(name)),
      icon: this.address('icon.svg'),
    };
    this.groups = {
      ...this.page,
      script: this.address('groups/main.js'),
      modules: groupsModules.map((name) => this.address(name)),
    };
  }

  address = (name: string): string => `/assets/${this.revision}/${name}`;

  /** What a browser compares a file with before it runs it. */
  integrity(name: string): string {
    const file = this.files.get(name);
    if (!file) throw new Error(`There is no asset ${name}.`);
    return `sha384-${createHash('sha384').update(file.content).digest('base64')}`;
  }

  /**
   * While replicas are exchanged, one may be asked for what another one's page names: then its own is the nearest there is, and
   * must not be kept.
   */
  find(revision: string, name: string): AssetFile | undefined {
    const file = /^[0-9a-f]{12}$/.test(revision) ? this.files.get(name) : undefined;
    return file && { ...file, isCurrent: revision === this.revision };
  }
}

const namesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && extname(entry.name) in types)
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

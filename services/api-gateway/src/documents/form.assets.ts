import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { formFolder } from '../paths';

export interface FormAsset {
  readonly type: string;
  readonly content: Buffer;
  /** Named as it is by now: what this address gives never changes. */
  readonly isCurrent: boolean;
}

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Compiled ones, wherever this runs from: sources in `src/assets` are what no browser reads. */
const folder = resolve(__dirname, '../../dist/assets');

/**
 * The form's own files under one revision that changes with any of them, so that a browser may keep them for ever.
 */
export class FormAssets {
  private readonly files = new Map<string, Omit<FormAsset, 'isCurrent'>>();
  private readonly revision: string;
  readonly style: string;
  readonly icon: string;
  readonly script: string;
  /** What the script loads: named in the page, a browser fetches all at once instead of one after the other. */
  readonly modules: readonly string[];

  constructor() {
    const hash = createHash('sha256');
    for (const name of namesIn(folder)) {
      const content = readFileSync(join(folder, name));
      hash.update(`${name}\n${content.length}\n`).update(content);
      this.files.set(name, { type: types[extname(name)]!, content });
    }
    this.revision = hash.digest('hex').slice(0, 12);
    // One request instead of one a part.
    const styles = [...this.files].filter(([name]) => name.startsWith('style/')).map(([, { content }]) => content);
    this.files.set('form.css', { type: types['.css']!, content: Buffer.concat(styles) });
    this.style = this.address('form.css');
    this.icon = this.address('icon.svg');
    this.script = this.address('form/main.js');
    this.modules = [...this.files.keys()]
      .filter((name) => name.endsWith('.js') && name !== 'form/main.js')
      .map((name) => this.address(name));
  }

  /** While replicas are exchanged, one may be asked for what another one's page names: its own is the nearest there is. */
  find(revision: string, name: string): FormAsset | undefined {
    const file = /^[0-9a-f]{12}$/.test(revision) ? this.files.get(name) : undefined;
    return file && { ...file, isCurrent: revision === this.revision };
  }

  private address(name: string): string {
    return `${formFolder}/${this.revision}/${name}`;
  }
}

const namesIn = (root: string): string[] =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && extname(entry.name) in types)
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();

let read: FormAssets | undefined;

/** Read once, when first asked for. */
export const formAssets = (): FormAssets => (read ??= new FormAssets());

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PageAssets } from '@multitask/result-formats';

export interface AssetFile {
  readonly type: string;
  readonly content: Buffer;
}

const types: Record<string, string> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

/** The page's own files, under names that change with their content, so that a browser may keep them for ever. */
export class AssetStore {
  private readonly files = new Map<string, AssetFile>();
  readonly page: PageAssets;
  /** Changes when any of the files does. */
  readonly revision: string;

  constructor(folder: string) {
    const hashes: string[] = [];
    const add = (name: string): string => {
      const content = readFileSync(join(folder, name));
      const hash = createHash('sha256').update(content).digest('hex').slice(0, 12);
      hashes.push(hash);
      const [stem, extension] = name.split('.') as [string, string];
      const file = `${stem}.${hash}.${extension}`;
      this.files.set(file, { type: types[extension]!, content });
      return `/assets/${file}`;
    };
    this.page = { style: add('result.css'), scripts: [add('cells.js'), add('result.js')], icon: add('icon.svg') };
    this.revision = createHash('sha256').update(hashes.join()).digest('hex').slice(0, 8);
  }

  find(file: string): AssetFile | undefined {
    return this.files.get(file);
  }
}

import type { StudioAssets } from '@multitask/result-formats';
import type { AssetStore } from './page-assets';
import { engine } from './sqlite.engine';

/** The thread in which SQLite runs: it alone may run WebAssembly. */
export const studioWorker = 'studio/sql.worker.js';
const script = 'studio/main.js';

export function studioAssets(store: AssetStore): StudioAssets {
  const sealed = (name: string) => ({ address: store.address(name), integrity: store.integrity(name) });
  // The page's own modules: what the thread loads is no business of the page.
  const modules = [
    'studio.js',
    'chart.view.js',
    'editor.view.js',
    'examples.js',
    'freshness.js',
    'grid.view.js',
    'group.file.js',
    'scale.js',
    'schema.view.js',
    'sql.engine.js',
    'sql.tokens.js',
  ];
  return {
    styles: [store.page.style, store.address('studio/studio.css')],
    icon: store.page.icon,
    script: sealed(script),
    modules: [...modules.map((name) => `studio/${name}`), 'page/view/dom.js'].map(sealed),
    worker: store.address(studioWorker),
    engine: sealed(engine),
  };
}

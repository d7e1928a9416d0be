import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeDeath } from '@multitask/orchestration/contract';
import { SqliteOrchestrationStore } from './sqlite.orchestration.store';

const folder = mkdtempSync(join(tmpdir(), 'orchestration-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

describeDeath('a store in a file', async () => {
  const filename = join(folder, `${++files}.db`);
  return {
    open: async (now, onStatement) => {
      let isOpen = false;
      const watch = onStatement && {
        onStatement: (...at: Parameters<typeof onStatement>) => void (isOpen && onStatement(...at)),
      };
      const store = new SqliteOrchestrationStore({ filename, now, ...watch });
      isOpen = true;
      return store;
    },
    // What a killed process had not committed is undone by whoever opens the file next; so it is by closing it.
    bury: (store) => store.close(),
  };
});

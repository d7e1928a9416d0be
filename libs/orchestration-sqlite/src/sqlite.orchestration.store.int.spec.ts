import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describeOrchestrationStore } from '@multitask/orchestration/contract';
import { SqliteOrchestrationStore } from './sqlite.orchestration.store';

const folder = mkdtempSync(join(tmpdir(), 'orchestration-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

describeOrchestrationStore('a store in a file', async (now) => {
  const filename = join(folder, `${++files}.db`);
  const store = new SqliteOrchestrationStore({ filename, now });
  const eventsOf = async (runId: string) => {
    const reader = new DatabaseSync(filename, { readOnly: true });
    const rows = reader.prepare('select type from events where run_id = ? order by id').all(runId);
    reader.close();
    return rows.map(({ type }) => String(type));
  };
  return { store, eventsOf };
});

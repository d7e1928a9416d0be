import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describeModel, describeOrchestrationStore, type StoreUnderTest } from '@multitask/orchestration/contract';
import { SqliteOrchestrationStore } from './sqlite.orchestration.store';

const folder = mkdtempSync(join(tmpdir(), 'orchestration-'));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;

function open(filename: string, now: () => number): StoreUnderTest & { store: SqliteOrchestrationStore } {
  let statements = 0;
  const onStatement = (_: string, when: 'before' | 'after') => void (when === 'after' && statements++);
  const store = new SqliteOrchestrationStore({ filename, now, onStatement });
  return { store, statements: () => statements, eventsOf: async () => [] };
}

describeOrchestrationStore('a store in a file', async (now) => {
  const filename = join(folder, `${++files}.db`);
  // Past the store, as another process sees it.
  const eventsOf = async (runId: string) => {
    const reader = new DatabaseSync(filename, { readOnly: true });
    const rows = reader.prepare('select type from events where run_id = ? order by id').all(runId);
    reader.close();
    return rows.map(({ type }) => String(type));
  };
  return { ...open(filename, now), eventsOf };
});

describeOrchestrationStore('a store in memory', async (now) => {
  const under = open(':memory:', now);
  const eventsOf = async (runId: string) => {
    const events = await under.store.read.events({ after: 0, limit: 10_000, types: [], runId });
    return events.map(({ type }) => type);
  };
  return { ...under, eventsOf };
});

describe('the model', () => {
  describeModel(async (now) => open(':memory:', now), 300);
});

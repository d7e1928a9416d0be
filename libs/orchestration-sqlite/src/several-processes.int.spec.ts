import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeProcesses } from '@multitask/orchestration/contract';
import { SqliteOrchestrationStore } from './sqlite.orchestration.store';

const folder = mkdtempSync(join(tmpdir(), 'orchestration-'));
const filename = join(folder, 'shared.db');
afterAll(() => rmSync(folder, { recursive: true }));

describeProcesses(
  'one file',
  () =>
    `new (require('@multitask/orchestration-sqlite').SqliteOrchestrationStore)({ filename: ${JSON.stringify(filename)} })`,
  async () => new SqliteOrchestrationStore({ filename }),
);

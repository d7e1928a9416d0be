import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { operations } from '@multitask/orchestration-operations';
import { format, resolveConfig } from 'prettier';
import { referencePage } from './reference.page';

const file = join(__dirname, '../../../docs/orchestration-tools.md');

it('(17) the documentation of the tools is what their schemas say (UPDATE_DOCS=1 writes it anew)', async () => {
  const page = await format(referencePage(), { ...(await resolveConfig(file)), parser: 'markdown' });
  if (process.env.UPDATE_DOCS) writeFileSync(file, page);
  expect(readFileSync(file, 'utf8')).toBe(page);
  for (const { name } of operations) expect(page).toContain(`\n## ${name}\n`);
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultSchema } from './faults/fault';
import { endpointNames } from './http/endpoint';
import { emulatorSettings } from './settings';

const page = readFileSync(join(__dirname, '../../../docs/EMULATOR.md'), 'utf8');

describe('docs/EMULATOR.md', () => {
  it.each(Object.keys(emulatorSettings.shape))('explains the setting %s', (name) => {
    expect(page).toMatch(new RegExp(`^\\| \`${name}\``, 'm'));
  });

  it.each(faultSchema.options.map((option) => [option.shape.kind.value, Object.keys(option.shape)] as const))(
    'explains the fault %s and its fields',
    (kind, fields) => {
      const line = page.split('\n').find((candidate) => candidate.startsWith(`| \`${kind}\``));
      const common = ['kind', 'match', 'skip', 'times', 'rate'];
      for (const field of fields.filter((name) => !common.includes(name))) expect(line).toContain(`\`${field}\``);
      expect(line).toBeDefined();
    },
  );

  it.each(endpointNames)('names the endpoint %s', (name) => expect(page).toContain(`\`${name}\``));
});

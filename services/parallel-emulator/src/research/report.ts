import type { Fact } from './country.facts';
import type { Random } from './random';
import { syntheticMark } from './synthetic.values';
import { capitalised } from './words';

/** What an automatic answer of a premium processor looks like. */
export const reportSchema = {
  type: 'object',
  properties: {
    title: { type: 'string' },
    summary: { type: 'string' },
    key_findings: {
      type: 'array',
      items: {
        type: 'object',
        properties: { finding: { type: 'string' }, importance: { type: 'string', enum: ['low', 'medium', 'high'] } },
        required: ['finding', 'importance'],
        additionalProperties: false,
      },
    },
    open_questions: { type: 'array', items: { type: 'string' } },
  },
  required: ['title', 'summary', 'key_findings', 'open_questions'],
  additionalProperties: false,
} as const;

const remarks = [
  'No source was read for this.',
  'Only the shape of this text is meant to be realistic.',
  'A real run would cite pages of the web here.',
];

/** Readable Markdown: a list of facts, or an invention that says so. */
export function textReport(about: string, description: string, facts: readonly Fact[], random: Random): string {
  const heading = `## ${about}`;
  if (facts.length > 0) {
    const lines = facts.map(({ label, value }) => `- **${capitalised(label)}**: ${shown(value)}`);
    return [heading, '', ...lines, '', 'From an open data set about countries, by the emulator.'].join('\n');
  }
  const asked = description ? `Asked for: ${description}` : 'No particular form was asked for.';
  return [heading, '', `This text is invented ${syntheticMark}. ${random.pick(remarks)}`, '', asked].join('\n');
}

const shown = (value: Fact['value']): string =>
  Array.isArray(value) ? value.join(', ') || 'none' : typeof value === 'number' ? String(value) : String(value);

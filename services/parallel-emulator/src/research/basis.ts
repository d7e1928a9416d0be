import { dataSource, type Country } from './country';
import type { Fact } from './country.facts';
import type { FieldBasis } from './output';
import type { Random } from './random';

const said = (country: Country, { label, value }: Fact) =>
  `${country.name.common}: ${label} = ${Array.isArray(value) ? value.join(', ') || 'none' : String(value)}`;

/** The basis of a field whose values were looked up in the open data set. */
export function factualBasis(field: string, country: Country, facts: readonly Fact[]): FieldBasis {
  return {
    field,
    reasoning: `Looked up in an open data set about countries: ${facts.map((fact) => fact.label).join(', ')}.`,
    citations: [{ url: dataSource.url, title: dataSource.title, excerpts: facts.map((fact) => said(country, fact)) }],
    confidence: 'high',
  };
}

/** The basis of a field whose values were invented, which it says in every part. */
export function syntheticBasis(field: string, about: string, random: Random): FieldBasis {
  const excerpt = `Invented for ${about}; not a statement about the world.`;
  return {
    field,
    reasoning: 'Synthetic: the emulator invented this value from its seed. Nothing was researched.',
    citations: [{ url: 'https://emulator.example/synthetic', title: 'synthetic (emulator)', excerpts: [excerpt] }],
    confidence: random.pick(['low', 'medium', 'medium', 'high']),
  };
}

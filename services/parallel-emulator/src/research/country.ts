import countries, { type Country } from 'world-countries';
import { wordsOf } from './words';

export type { Country } from 'world-countries';

export const dataSource = {
  title: 'world-countries 5.1.0 (open data set, ODbL-1.0)',
  url: 'https://github.com/mledoze/countries',
} as const;

const normal = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();

const byCode = new Map(
  countries.flatMap(
    (country) =>
      [
        [country.cca2, country],
        [country.cca3, country],
      ] as const,
  ),
);

const byName = new Map<string, Country>();
for (const country of countries) {
  // Alternative spellings first, so that a common name always wins over another country's nickname.
  for (const name of country.altSpellings) if (name.length > 3) byName.set(normal(name), country);
}
for (const country of countries) {
  byName.set(normal(country.name.official), country);
  byName.set(normal(country.name.common), country);
}

export const countryByCode = (code: string): Country | undefined => byCode.get(code.toUpperCase());

/** Input fields that may name a country; a two-letter code is believed only in the narrower set. */
const nameFields = new Set([
  'country',
  'name',
  'nation',
  'state',
  'title',
  'entity',
  'input',
  'place',
  'territory',
  'location',
]);
const codeFields = new Set(['country', 'cca2', 'cca3', 'code', 'iso', 'iso2', 'iso3', 'alpha2', 'alpha3', 'nation']);

/** The country a run's input is about, if it names exactly one. */
export function countryOf(input: unknown): Country | undefined {
  if (typeof input === 'string') return byName.get(normal(input)) ?? codeOf(input) ?? mentioned(input);
  if (typeof input !== 'object' || input === null) return undefined;
  for (const [key, value] of Object.entries(input)) {
    if (typeof value !== 'string') continue;
    const words = wordsOf(key);
    if (words.some((word) => nameFields.has(word)) && byName.has(normal(value))) return byName.get(normal(value));
    if (words.some((word) => codeFields.has(word)) && codeOf(value)) return codeOf(value);
  }
  return undefined;
}

const codeOf = (text: string): Country | undefined =>
  /^([A-Z]{2,3}|[a-z]{2,3})$/.test(text.trim()) ? countryByCode(text.trim()) : undefined;

/** The one country whose common name stands in a short question; none when there are several. */
function mentioned(text: string): Country | undefined {
  if (text.length > 300) return undefined;
  const padded = ` ${normal(text)} `;
  const found = countries.filter((country) => padded.includes(` ${normal(country.name.common)} `));
  // "South Sudan" also contains "Sudan": the longest name counts when the others are part of it.
  const longest = found.toSorted((a, b) => b.name.common.length - a.name.common.length)[0];
  return found.every((country) => longest!.name.common.includes(country.name.common)) ? longest : undefined;
}

import { countryByCode, type Country } from './country';
import type { Field } from './schema.follower';
import { wordsOf } from './words';

export type FactValue = string | number | boolean | readonly string[];

export interface Fact {
  readonly label: string;
  readonly value: FactValue;
}

interface FactRule {
  readonly label: string;
  /** Each group needs one of its words in the field's name (or, failing that, its description). */
  readonly words: readonly (readonly string[])[];
  readonly unless?: readonly string[];
  readonly value: (country: Country) => FactValue | undefined;
}

const squareMiles = 0.386_102;
const many = ['count', 'number', 'num', 'many', 'how'];

const currencies = (country: Country) => Object.entries(country.currencies ?? {});
const neighbours = (country: Country) => country.borders.map((code) => countryByCode(code)?.name.common ?? code);
const firstOf = (values: readonly string[]) => (values.length > 0 ? values : undefined);

/** A narrow rule stands before a wider one: the first that matches speaks. */
const rules: readonly FactRule[] = [
  { label: 'official name', words: [['official', 'formal'], ['name']], value: (c) => c.name.official },
  {
    label: 'native name',
    words: [['native', 'local'], ['name']],
    value: (c) => Object.values(c.name.native ?? {})[0]?.common,
  },
  {
    label: 'number of bordering countries',
    words: [
      [
        'border',
        'borders',
        'bordering',
        'neighbour',
        'neighbor',
        'neighbours',
        'neighbors',
        'neighbouring',
        'neighboring',
      ],
      many,
    ],
    value: (c) => c.borders.length,
  },
  {
    label: 'bordering countries',
    words: [
      [
        'border',
        'borders',
        'bordering',
        'neighbour',
        'neighbor',
        'neighbours',
        'neighbors',
        'neighbouring',
        'neighboring',
      ],
    ],
    value: neighbours,
  },
  {
    label: 'number of official languages',
    words: [['language', 'languages'], many],
    value: (c) => Object.keys(c.languages ?? {}).length,
  },
  {
    label: 'languages',
    words: [['language', 'languages']],
    unless: ['programming'],
    value: (c) => firstOf(Object.values(c.languages ?? {})),
  },
  {
    label: 'currency code',
    words: [
      ['currency', 'currencies'],
      ['code', 'codes', 'iso'],
    ],
    value: (c) => firstOf(currencies(c).map(([code]) => code)),
  },
  {
    label: 'currency symbol',
    words: [
      ['currency', 'currencies'],
      ['symbol', 'symbols'],
    ],
    value: (c) => firstOf(currencies(c).map(([, currency]) => currency.symbol)),
  },
  {
    label: 'currency',
    words: [['currency', 'currencies']],
    value: (c) => firstOf(currencies(c).map(([, currency]) => currency.name)),
  },
  {
    label: 'capital',
    words: [['capital', 'capitals']],
    unless: ['venture', 'market', 'share', 'stock', 'population', 'raised'],
    value: (c) => firstOf(c.capital),
  },
  {
    label: 'area (square miles)',
    words: [
      ['area', 'surface'],
      ['mi', 'mi2', 'mile', 'miles', 'sqmi'],
    ],
    value: (c) => Math.round(c.area * squareMiles),
  },
  {
    label: 'area (km²)',
    words: [
      ['area', 'surface', 'size'],
      ['km', 'km2', 'sqkm', 'square', 'area', 'surface', 'land', 'total'],
    ],
    unless: ['code', 'metropolitan', 'urban'],
    value: (c) => c.area,
  },
  { label: 'subregion', words: [['subregion', 'subcontinent']], value: (c) => c.subregion || undefined },
  { label: 'subregion', words: [['sub'], ['region', 'continent']], value: (c) => c.subregion || undefined },
  { label: 'continent', words: [['continent']], value: continentOf },
  { label: 'region', words: [['region']], value: (c) => c.region },
  {
    label: 'calling code',
    words: [
      ['calling', 'dialing', 'dialling', 'phone', 'idd', 'telephone', 'dial'],
      ['code', 'codes', 'prefix', 'idd'],
    ],
    value: callingCode,
  },
  { label: 'top-level domain', words: [['tld', 'tlds', 'domain', 'domains']], value: (c) => firstOf(c.tld) },
  { label: 'landlocked', words: [['landlocked']], value: (c) => c.landlocked },
  {
    label: 'member of the United Nations',
    words: [
      ['un', 'united'],
      ['member', 'membership', 'nations'],
    ],
    value: (c) => c.unMember,
  },
  { label: 'independent', words: [['independent', 'sovereign']], value: (c) => c.independent },
  { label: 'demonym', words: [['demonym', 'demonyms']], value: (c) => c.demonyms?.eng?.m },
  { label: 'flag', words: [['flag', 'emoji']], value: (c) => c.flag },
  { label: 'latitude', words: [['latitude', 'lat']], unless: ['longitude', 'lng'], value: (c) => c.latlng[0] },
  { label: 'longitude', words: [['longitude', 'lng', 'lon']], unless: ['latitude', 'lat'], value: (c) => c.latlng[1] },
  { label: 'coordinates', words: [['coordinates', 'latlng', 'latitude']], value: (c) => c.latlng.map(String) },
  { label: 'ISO 3166-1 alpha-2 code', words: [['cca2', 'alpha2', 'iso2']], value: (c) => c.cca2 },
  { label: 'ISO 3166-1 alpha-3 code', words: [['cca3', 'alpha3', 'iso3']], value: (c) => c.cca3 },
  { label: 'ISO 3166-1 numeric code', words: [['ccn3']], value: (c) => c.ccn3 },
  { label: 'ISO 3166-1 alpha-2 code', words: [['country', 'iso'], ['code']], value: (c) => c.cca2 },
  {
    label: 'name',
    words: [['country', 'nation']],
    unless: ['origin', 'population', 'gdp', 'code', 'president', 'leader'],
    value: (c) => c.name.common,
  },
];

/** What the open data set says about a field of a country, or undefined. */
export function factOf(country: Country, field: Field): Fact | undefined {
  return (
    factFor(country, wordsOf(field.name)) ??
    (describes(field) ? factFor(country, wordsOf(field.description)) : undefined)
  );
}

/** Facts for a text answer: those the question names, or the usual ones. */
export function factsOf(country: Country, question: string): Fact[] {
  const words = wordsOf(question);
  const asked = rules.filter((rule) => rule.label !== 'name' && matches(rule, words));
  const labels = new Set(asked.length > 0 ? asked.map((rule) => rule.label) : usualLabels);
  return [...labels].flatMap((label) => {
    const value = rules.find((rule) => rule.label === label)!.value(country);
    return value === undefined ? [] : [{ label, value }];
  });
}

const usualLabels = ['capital', 'region', 'subregion', 'area (km²)', 'languages', 'currency', 'bordering countries'];

/** A long description mentions many things; only a short one says what the field is. */
const describes = (field: Field) => field.description.length > 0 && field.description.length <= 120;

function factFor(country: Country, words: readonly string[]): Fact | undefined {
  for (const rule of rules) {
    if (!matches(rule, words)) continue;
    const value = rule.value(country);
    return value === undefined ? undefined : { label: rule.label, value };
  }
  return undefined;
}

const matches = (rule: FactRule, words: readonly string[]): boolean =>
  rule.words.every((group) => group.some((word) => words.includes(word))) &&
  !rule.unless?.some((word) => words.includes(word));

function continentOf(country: Country): string {
  if (country.region === 'Antarctic') return 'Antarctica';
  if (country.region !== 'Americas') return country.region;
  return country.subregion === 'South America' ? 'South America' : 'North America';
}

function callingCode(country: Country): string | undefined {
  const { root, suffixes } = country.idd;
  if (!root) return undefined;
  // Many suffixes are area codes of one numbering plan, such as +1 of North America.
  return suffixes.length === 1 ? `${root}${suffixes[0]}` : root;
}

import type { Random } from './random';
import type { Field, Kind } from './schema.follower';
import { capitalised, phraseOf, wordsOf } from './words';

/** Said of every invented text, so that nobody takes it for research. */
export const syntheticMark = '(synthetic)';

/** An invented value that looks right for the name of its field. */
export function syntheticValue(field: Field, kind: Kind, about: string, random: Random): unknown {
  const words = wordsOf(field.name || field.description);
  switch (kind) {
    case 'boolean':
      return random.chance(0.5);
    case 'integer':
      return numberFor(words, random);
    case 'number':
      return decimalFor(words, random);
    case 'strings':
      return Array.from({ length: random.between(1, 3) }, () => textFor(words, field, about, random));
    case 'string':
      return textFor(words, field, about, random);
  }
}

const has = (words: readonly string[], ...wanted: string[]) => wanted.some((word) => words.includes(word));

function numberFor(words: readonly string[], random: Random): number {
  if (has(words, 'year', 'founded', 'founding', 'established')) return random.between(1_850, 2_020);
  if (has(words, 'population')) return random.between(50, 90_000) * 1_000;
  if (has(words, 'employees', 'employee', 'headcount', 'staff')) return random.between(2, 900) * 10;
  if (has(words, 'revenue', 'valuation', 'funding', 'gdp', 'sales', 'budget'))
    return random.between(1, 950) * 1_000_000;
  if (has(words, 'percent', 'percentage', 'share', 'score')) return random.between(1, 99);
  if (has(words, 'rating', 'stars')) return random.between(1, 5);
  if (has(words, 'age')) return random.between(18, 90);
  if (has(words, 'count', 'number')) return random.between(0, 40);
  return random.between(1, 1_000);
}

function decimalFor(words: readonly string[], random: Random): number {
  if (has(words, 'rate', 'ratio', 'probability', 'growth')) return random.between(1, 999) / 1_000;
  if (has(words, 'rating', 'stars')) return random.between(10, 50) / 10;
  if (has(words, 'price', 'cost')) return random.between(99, 99_900) / 100;
  return numberFor(words, random);
}

const firstNames = ['Ada', 'Noor', 'Mateo', 'Ines', 'Kofi', 'Yuki', 'Lena', 'Omar', 'Priya', 'Tomas'];
const lastNames = ['Example', 'Sample', 'Placeholder', 'Specimen', 'Mockford'];
const cities = ['Northbridge', 'Eastvale', 'Port Sample', 'Lakemont', 'Westford'];
const adjectives = ['steady', 'modest', 'rapid', 'uneven', 'seasonal', 'regional', 'early', 'broad'];

function textFor(words: readonly string[], field: Field, about: string, random: Random): string {
  const slug = wordsOf(about).slice(0, 4).join('-') || 'subject';
  // Reserved names of RFC 2606 mark themselves: nothing there exists.
  if (has(words, 'url', 'website', 'link', 'homepage', 'site')) return `https://${slug}.example/`;
  if (has(words, 'email', 'mail')) return `contact@${slug}.example`;
  if (has(words, 'date')) return `${random.between(1990, 2024)}-${twoDigits(random, 12)}-${twoDigits(random, 28)}`;
  if (has(words, 'year')) return `${random.between(1_850, 2_020)} ${syntheticMark}`;
  if (
    has(
      words,
      'ceo',
      'founder',
      'founders',
      'president',
      'leader',
      'author',
      'person',
      'director',
      'executives',
      'minister',
    )
  )
    return `${random.pick(firstNames)} ${random.pick(lastNames)} ${syntheticMark}`;
  if (has(words, 'city', 'headquarters', 'location', 'address')) return `${random.pick(cities)} ${syntheticMark}`;
  const what = phraseOf(field.name) || 'answer';
  return `${capitalised(random.pick(adjectives))} ${what} of ${about} ${syntheticMark}`;
}

const twoDigits = (random: Random, max: number) => String(random.between(1, max)).padStart(2, '0');

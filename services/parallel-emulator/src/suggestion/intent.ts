import { capitalised, snakeCase, wordsOf } from '../research/words';

/** A field somebody asked for in words. */
export interface WantedField {
  readonly name: string;
  readonly description: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'strings';
}

const introductions =
  /\b(?:including|such as|namely|as follows|the following(?: fields| columns)?|fields|columns|return|returns|find(?: out)?|list|give(?: me| us)?|get|tell me|extract|collect|determine|research|look up|what (?:is|are)|with|i (?:want|need)(?: to know)?|show)\b:?/gi;
/** Blanks around them are trimmed afterwards: a run of blanks that is tried from each of its places takes for ever. */
const separators = /[,;\n•]|\s(?:and|&|as well as|plus)\s|(?:^|\s)[-*]\s/i;
const leading = /^(?:(?:and|or|also|then|the|their|its|his|her|a|an|each|every|all|as well as|plus)\s+)+/i;
const trailing =
  /\s(?:(?:of|for|about|from|in)\s+(?:each|every|the|this|that|these|all|a|an|it|them|given)\b[^]*|please|as well|too|respectively)$/i;

/** The fields an intent names, such as "capital, area in km2 and founding year". Empty when it names none. */
export function fieldsOf(intent: string): WantedField[] {
  const list = listIn(intent);
  const names = new Map<string, WantedField>();
  for (const part of list.split(separators)) {
    const phrase = part
      .replace(/\([^()]*\)/g, ' ')
      .trim()
      .replace(/[.?!:]{1,20}$/, '');
    const bare = phrase.replace(leading, '').replace(trailing, '').trim();
    // More than six words are a sentence, not the name of a column.
    const words = wordsOf(bare);
    if (words.length === 0 || words.length > 6 || !/\p{L}/u.test(bare)) continue;
    const name = snakeCase(bare).slice(0, 60);
    if (!names.has(name)) names.set(name, { name, description: capitalised(bare), type: typeOf(words) });
  }
  return [...names.values()];
}

/** The part of the intent behind the last words that introduce a list. */
function listIn(intent: string): string {
  const colon = intent.lastIndexOf(':');
  if (colon >= 0 && intent.slice(colon + 1).trim()) return intent.slice(colon + 1);
  const starts = [...intent.matchAll(introductions)].map((match) => match.index + match[0].length);
  const start = starts.findLast((at) => intent.slice(at).trim().length > 0);
  if (start !== undefined) return intent.slice(start);
  return intent.replace(/^\s*for (?:each|every|all|the|these)(?: \p{L}+){1,3},/iu, '');
}

const has = (words: readonly string[], ...wanted: string[]) => wanted.some((word) => words.includes(word));

function typeOf(words: readonly string[]): WantedField['type'] {
  const last = words.at(-1)!;
  if (/^(is|has|was|does|are|can|whether)$/.test(words[0]!) || has(words, 'landlocked')) return 'boolean';
  if (has(words, 'year', 'population', 'number', 'count', 'employees', 'headcount', 'age')) return 'integer';
  if (
    has(
      words,
      'area',
      'price',
      'revenue',
      'percentage',
      'percent',
      'rate',
      'rating',
      'score',
      'latitude',
      'longitude',
      'gdp',
      'km2',
      'km',
      'usd',
      'eur',
      'cost',
      'valuation',
      'height',
      'length',
      'distance',
      'temperature',
    )
  )
    return has(words, 'code', 'name') ? 'string' : 'number';
  if (
    words[0] === 'list' ||
    /^(languages|neighbou?rs|borders|currencies|competitors|products|founders|executives|investors|cities|names|links|urls|sources|topics|tags|capitals)$/.test(
      last,
    ) ||
    has(words, 'neighbouring', 'neighboring', 'bordering')
  )
    return 'strings';
  return 'string';
}

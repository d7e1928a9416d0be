/** The lower-case words of a name such as `areaKm2`, `area_in_km2` or `Area in km²`. */
export function wordsOf(text: string): string[] {
  return text
    .replaceAll('²', '2')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
}

/** `employee count` for `employee_count`: how a name reads in a sentence. */
export const phraseOf = (name: string): string => wordsOf(name).join(' ');

export const snakeCase = (text: string): string => wordsOf(text).join('_');

export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

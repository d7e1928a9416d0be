import type { Json } from './row';

/** Characters of one cell in the table; the panel shows the whole value. */
const cellLength = 300;

export const shortened = (text: string): string => (text.length > cellLength ? `${text.slice(0, cellLength)}…` : text);

/** A value in the one or two lines a table has for it, in the words of the server's first paint: `cell-summary.ts`. */
export function cellText(value: Json | undefined): string {
  if (isObject(value))
    return Object.entries(value)
      .map(([name, item]) => `${name}: ${valuesOf(item)}`)
      .join('; ');
  return valuesOf(value);
}

function valuesOf(value: Json | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'object') return String(value);
  const items: readonly Json[] = isObject(value) ? Object.values(value) : value;
  return items.map(valuesOf).join(items.every(isPlain) ? ', ' : ' · ');
}

const isPlain = (value: Json): boolean => value === null || typeof value !== 'object';
const isObject = (value: Json | undefined): value is { readonly [name: string]: Json } =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** `$0.60`, and `$0.005` where cents do not say it. */
export function dollars(amount: number): string {
  const cents = amount.toFixed(2);
  return `$${Number(cents) === amount ? cents : String(amount)}`;
}

/** The text if it is an http(s) URL as a whole: `javascript:` and `data:` never become links. */
export function webUrl(text: string): string | undefined {
  if (text.length > 2_048 || !/^https?:\/\/[^\s]+$/i.test(text)) return undefined;
  return URL.canParse(text) ? text : undefined;
}

/** The host without `www.`, for a link that needs no more. */
export const hostOf = (url: string): string => new URL(url).hostname.replace(/^www\./, '');

export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

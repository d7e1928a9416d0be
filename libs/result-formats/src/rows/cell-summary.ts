import type { JsonValue } from '@multitask/contracts';

/**
 * A value in the one or two lines a table has for it: lists by commas, lists of things by dots, the names of an object only on the
 * outside. What it says in full is one click away. The page's script says it in the same words: `text.ts`.
 */
export function cellSummary(value: JsonValue | undefined): string {
  if (value !== null && typeof value === 'object' && !Array.isArray(value))
    return Object.entries(value)
      .map(([name, item]) => `${name}: ${valuesOf(item)}`)
      .join('; ');
  return valuesOf(value);
}

function valuesOf(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'object') return String(value);
  const items = Array.isArray(value) ? value : Object.values(value);
  return items.map(valuesOf).join(items.every(isPlain) ? ', ' : ' · ');
}

const isPlain = (value: JsonValue): boolean => value === null || typeof value !== 'object';

import type { JsonValue } from '@multitask/contracts';

/** A value as a person reads it in one cell: lists by commas, small objects by names, anything deeper as JSON. */
export function cellText(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return value.every(isPlain) ? value.map(cellText).join(', ') : JSON.stringify(value);
  const entries = Object.entries(value);
  if (!entries.every(([, item]) => isPlain(item))) return JSON.stringify(value);
  return entries.map(([name, item]) => `${name}: ${cellText(item)}`).join('; ');
}

const isPlain = (value: JsonValue): boolean => value === null || typeof value !== 'object';

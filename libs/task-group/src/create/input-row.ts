import { limits, type FieldError, type JsonValue, type RowInput } from '@multitask/contracts';
import { checkJson, isStorableText, JsonFaultError } from './json-safety';

/** A row with more columns is a mistake in the file: a transposed table, or a separator that is none. */
export const maxColumns = 1_000;

/** What is wrong with one row, or undefined when it can be used as it is. An oversized row is not wrong: see `rowRefusal`. */
export function faultOfRow(value: JsonValue | undefined, row: number): FieldError | undefined {
  const fault = messageOf(value);
  return fault === undefined ? undefined : { field: `inputs[${row}]`, message: fault };
}

function messageOf(value: unknown): string | undefined {
  if (typeof value === 'string') {
    if (value.trim() === '') return 'is empty';
    return isStorableText(value) ? undefined : 'holds a NUL character or half of a surrogate pair';
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return `must be an object or a string, not ${nameOf(value)}`;
  const columns = Object.keys(value).length;
  if (columns === 0) return 'is an empty object';
  if (columns > maxColumns) return `has ${columns} fields; at most ${maxColumns} are taken`;
  try {
    checkJson(value, limits.jsonDepth);
  } catch (error) {
    if (error instanceof JsonFaultError) return error.message;
    throw error;
  }
  return undefined;
}

const nameOf = (value: unknown): string =>
  value === null ? 'null' : Array.isArray(value) ? 'an array' : value === undefined ? 'nothing' : `a ${typeof value}`;

/** How many characters a row takes of what the upstream allows for task spec and input together. */
export const charactersOf = (input: RowInput): number =>
  typeof input === 'string' ? input.length : JSON.stringify(input).length;

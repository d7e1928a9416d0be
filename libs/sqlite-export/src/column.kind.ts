import type { JsonValue } from '@multitask/contracts';

/** What a column holds, by the values seen in it. */
export type ColumnKind = 'text' | 'integer' | 'real' | 'boolean' | 'json' | 'mixed' | 'empty';

/**
 * Declared types, with the affinity each has: JSON stays the text it is, numbers stay numbers. `mixed` has none, so that a number
 * and a text beside each other both stay what they are.
 */
export const declaredType: Record<ColumnKind, string> = {
  text: 'TEXT',
  integer: 'INTEGER',
  real: 'REAL',
  boolean: 'BOOLEAN',
  json: 'JSON TEXT',
  mixed: '',
  empty: '',
};

function kindOf(value: JsonValue): ColumnKind {
  switch (typeof value) {
    case 'string':
      return 'text';
    case 'boolean':
      return 'boolean';
    case 'number':
      return Number.isSafeInteger(value) ? 'integer' : 'real';
    default:
      return value === null ? 'empty' : 'json';
  }
}

const scalars: ReadonlySet<ColumnKind> = new Set<ColumnKind>(['text', 'integer', 'real', 'mixed']);

/** The kind of a column that held `seen` until `value` came. Truth values beside other things are told apart as JSON alone. */
export function widened(seen: ColumnKind, value: JsonValue): ColumnKind {
  const kind = kindOf(value);
  if (kind === 'empty' || kind === seen) return seen;
  if (seen === 'empty') return kind;
  if (scalars.has(seen) && scalars.has(kind))
    return seen === 'text' || kind === 'text' || seen === 'mixed' ? 'mixed' : 'real';
  return 'json';
}

/** The kind a JSON Schema promises, for columns in which nothing has been seen yet. */
export function promisedKind(schema: JsonValue | undefined): ColumnKind {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return 'empty';
  const types = [schema.type].flat().filter((type) => type !== 'null');
  const known: Readonly<Record<string, ColumnKind>> = {
    string: 'text',
    integer: 'integer',
    number: 'real',
    boolean: 'boolean',
    array: 'json',
    object: 'json',
  };
  const [type] = types;
  return types.length === 1 && typeof type === 'string' && Object.hasOwn(known, type) ? known[type]! : 'empty';
}

export type StoredValue = string | number | bigint | null;

/** A value as it stands in a column of that kind. */
export function stored(value: JsonValue | undefined, kind: ColumnKind): StoredValue {
  if (value === undefined || value === null) return null;
  if (kind === 'json') return JSON.stringify(value);
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value === 'boolean') return value ? 1 : 0;
  // A number is stored as a floating-point one unless it is handed over as an integer.
  if (typeof value === 'number') return kind !== 'real' && Number.isSafeInteger(value) ? BigInt(value) : value;
  return JSON.stringify(value);
}

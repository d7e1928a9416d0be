import { invalid } from '../wire/api-error';

export type Query = Record<string, string | string[] | undefined>;

const complain = (name: string, msg: string, type: string) => invalid([{ loc: ['query', name], msg, type }]);

/** The last value given, or undefined for an absent or empty parameter. */
export function text(query: Query, name: string): string | undefined {
  const value = [query[name]].flat().at(-1);
  return value === '' ? undefined : value;
}

export function boolean(query: Query, name: string, fallback: boolean): boolean {
  const value = text(query, name)?.toLowerCase();
  if (value === undefined) return fallback;
  if (['true', '1', 'yes', 'on'].includes(value)) return true;
  if (['false', '0', 'no', 'off'].includes(value)) return false;
  throw complain(name, 'Input should be a valid boolean', 'bool_parsing');
}

export function number(query: Query, name: string, options: { whole?: boolean } = {}): number | undefined {
  const value = text(query, name);
  if (value === undefined) return undefined;
  const parsed = Number(value);
  if (Number.isFinite(parsed) && parsed >= 0 && (!options.whole || Number.isInteger(parsed))) return parsed;
  throw complain(
    name,
    options.whole ? 'Input should be a valid integer' : 'Input should be a valid number',
    'number_parsing',
  );
}

export function oneOf<T extends string>(query: Query, name: string, values: readonly T[]): T | undefined {
  const value = text(query, name);
  if (value === undefined || values.includes(value as T)) return value as T | undefined;
  throw complain(name, `Input should be one of ${values.join(', ')}`, 'enum');
}

/** The names of the `parallel-beta` header. */
export const betasOf = (headers: Record<string, string | string[] | undefined>): string[] =>
  [headers['parallel-beta'] ?? []]
    .flat()
    .flatMap((value) => value.split(','))
    .map((value) => value.trim())
    .filter(Boolean);

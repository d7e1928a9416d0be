import type { ColumnType } from 'kysely';

/**
 * A `json` column, not `jsonb`: users' JSON keeps its order of keys, and the escape of the NUL character survives.
 * Read as the parsed value, written as its text.
 */
export type Json<T> = ColumnType<T, string, string>;
export type NullableJson<T> = ColumnType<T | null, string | null, string | null>;

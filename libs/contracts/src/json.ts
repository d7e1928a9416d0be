import { z } from 'zod';

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

/** Any object that came from JSON. Its depth and size are limited where it enters, not here. */
export const jsonObject = z.record(z.string(), z.unknown()) as unknown as z.ZodType<JsonObject>;
export const jsonValue = z.unknown() as unknown as z.ZodType<JsonValue>;

/** One input row: an object, or a plain string (the upstream takes both). */
export type RowInput = string | JsonObject;
export const rowInput = z.union([z.string(), jsonObject]) as z.ZodType<RowInput>;

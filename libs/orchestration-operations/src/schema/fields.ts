import { jsonValue as anyValue, type JsonObject } from '@multitask/contracts';
import { z } from 'zod';

const dayMs = 86_400_000;

/** Characters of one JSON value that is stored: an answer holds up to a hundred of them. */
const valueCharacters = 256 * 1024;
const fits = (value: unknown): boolean => (JSON.stringify(value) ?? '').length <= valueCharacters;
const tooLong = `must have at most ${valueCharacters} characters as JSON`;

/** Names and ids that callers choose; a database takes no NUL, and a log no line breaks. */
const name = (longest: number) =>
  z
    .string('must be a text')
    .min(1, 'must not be empty')
    .max(longest, `must have at most ${longest} characters`)
    .regex(/^[^\p{Cc}\p{Cs}]+$/u, 'must have no control characters');

export const id = name(200);
export const label = name(200);
export const reason = z.string('must be a text').max(2_000, 'must have at most 2000 characters');
export const flag = z.boolean('must be true or false');

export const value = anyValue.refine(fits, tooLong);
export const object = (
  z.record(z.string(), z.unknown(), 'must be an object') as unknown as z.ZodType<JsonObject>
).refine(fits, tooLong);

export const integer = (least: number, most: number) =>
  z.int('must be a whole number').min(least, `must be at least ${least}`).max(most, `must be at most ${most}`);

export const limit = (most: number, fallback: number) => integer(1, most).default(fallback);
export const offset = integer(0, 1_000_000_000).default(0);

/** The longest span anything may wait for: a year. */
export const spanMs = (least = 0) => integer(least, 366 * dayMs);
export const leaseMs = integer(100, dayMs).describe('How long the lease holds without a heartbeat, milliseconds.');

/** ISO 8601, or milliseconds since 1970; becomes milliseconds. */
export const time = z
  .union(
    [z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)), z.int().min(0).max(8_640_000_000_000_000)],
    'must be a time in ISO 8601, or milliseconds since 1970',
  )
  .describe('ISO 8601, or milliseconds since 1970.');

/** The place in a list as an earlier answer gave it. */
export const cursor = z
  .union(
    [
      z
        .string()
        .regex(/^\d{1,15}$/)
        .transform(Number),
      z.int().min(0),
    ],
    'must be the nextCursor of an earlier answer',
  )
  .describe('nextCursor of an earlier answer.');

export const listOf = <T extends z.ZodType>(item: T, most: number, least = 0) =>
  z.array(item, 'must be a list').min(least, `must have at least ${least}`).max(most, `must have at most ${most}`);

export const kinds = listOf(name(200), 100).describe('Only tasks of these kinds; any when empty or left out.');
export const taskKind = name(200).describe('What sort of worker can do it.');
export const workerId = name(200);
export const namespace = name(100).describe('Whose it is; your own when left out.');
export const token = name(255);

/** What a worker shows to prove that a task is its own. */
export const leaseTriple = {
  taskId: id,
  leaseId: id.describe('As the claim gave it.'),
  workerId: workerId.describe('As at the claim.'),
};

export const clientToken = token.describe('The same call repeated with it after a lost answer changes nothing.');
export const idempotencyKey = token.describe(
  'The same call repeated with it, within seven days, makes nothing new and is answered alike.',
);

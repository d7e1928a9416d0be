import { z } from 'zod';

export type Environment = Record<string, string | undefined>;

/** A boolean setting: `1`, `true`, `yes` and `on` are true, everything else that is set is false. */
export const flag = z
  .string()
  .optional()
  .transform((value) => value !== undefined && ['1', 'true', 'yes', 'on'].includes(value.toLowerCase()));

/** A whole number with a default, within limits. */
export const integer = (fallback: number, limits: { min?: number; max?: number } = {}) =>
  z.coerce
    .number()
    .int()
    .min(limits.min ?? 0)
    .max(limits.max ?? Number.MAX_SAFE_INTEGER)
    .default(fallback);

/** Settings every service has. Names are environment variables; docs/operations.md lists them. */
export const commonSettings = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: integer(0, { max: 65_535 }),
  OPS_PORT: integer(0, { max: 65_535 }),
  /** Milliseconds between the stop signal and the end of listening, while a load balancer learns of it; not locally. */
  DRAIN_MS: integer(0, { max: 60_000 }),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  LOG_FORMAT: z.enum(['json', 'pretty']).default('json'),
  /** Beside the terminal: every line from info up, as JSON. */
  LOG_FILE: z.string().optional(),
  MULTITASK_TEST_CLOCK: z.string().optional(),
});

/** Where the log is: one or more `nats://host:port`, comma-separated. */
export const natsSettings = z.object({
  NATS_URL: z.string().default('nats://127.0.0.1:4222'),
  NATS_REPLICAS: integer(1, { min: 1, max: 5 }),
});

/** Where Postgres is, and how many connections this service may hold there. */
export const postgresSettings = z.object({
  DATABASE_URL: z.string().default('postgres://127.0.0.1:5432/multitask'),
  DATABASE_POOL: integer(5, { min: 1, max: 100 }),
});

/** The configuration is unusable; the message names each setting and what is wrong with it. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** Throws {@link ConfigurationError}. An empty variable counts as unset. */
export function parseSettings<T>(schema: z.ZodType<T>, env: Environment): T {
  // Compose files and charts write an unset variable as an empty one; a number must not become 0 by that.
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = schema.safeParse(set);
  if (result.success) return result.data;
  const lines = result.error.issues.map((issue) => `${issue.path.join('.') || 'settings'}: ${issue.message}`);
  throw new ConfigurationError(`Unusable settings. ${lines.join('; ')}.`);
}

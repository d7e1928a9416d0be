import { hostname } from 'node:os';
import { integer, natsSettings, postgresSettings, proxySettings, trustedProxies } from '@multitask/platform';
import { z } from 'zod';
import { readTokens } from './access/token.settings';

const mebibyte = 1024 * 1024;

export const orchestratorSettings = z
  .object({
    ...natsSettings.shape,
    ...postgresSettings.shape,
    ...proxySettings.shape,
    SERVICE_INSTANCE: z.string().default(`${hostname()}-${process.pid}`),
    /** Connections for operations; the relay holds one of its own beside them. */
    DATABASE_POOL: integer(10, { min: 2, max: 100 }),
    /** The origin that the OpenAPI document names; without it, that of each request. */
    PUBLIC_URL: z
      .url({ protocol: /^https?$/ })
      .transform((url) => new URL(url).origin)
      .optional(),
    /** Sees and does everything, in all namespaces. */
    OPERATOR_TOKEN: z.string().optional(),
    /** `namespace=token,…`; a namespace may have several. */
    ORCHESTRATION_TOKENS: z.string().default('').transform(readTokens),
    /** Hours after which a run that waits for nothing and that nobody adds to is sealed; 0: never. */
    ORCHESTRATION_SEAL_IDLE_HOURS: integer(0, { min: 0, max: 8_760 }),
    /** Milliseconds between looks for leases that ran out and runs whose status is to be told. */
    ORCHESTRATION_SWEEP_MS: integer(1_000, { min: 50, max: 60_000 }),
    /** Requests of one token in a minute, in each replica, ten seconds' worth of them at once; 0: any number. */
    ORCHESTRATION_REQUESTS_PER_MINUTE: integer(60_000, { min: 0, max: 10_000_000 }),
    /** Calls that may wait for a task or a run at once, in each replica. */
    ORCHESTRATION_MAX_WAITS: integer(1_000, { min: 1, max: 100_000 }),
    /** Bytes of events that JetStream keeps for those who follow; the oldest go first. Less where the server has less room. */
    ORCHESTRATION_FEED_MAX_BYTES: integer(64 * mebibyte, { min: 16 * mebibyte }),
  })
  .transform((settings) => ({ ...settings, TRUSTED_PROXIES: trustedProxies(settings) }));

export type OrchestratorSettings = z.infer<typeof orchestratorSettings>;

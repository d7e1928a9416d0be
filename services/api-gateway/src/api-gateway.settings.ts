import { limits } from '@multitask/contracts';
import { outboundSettings } from '@multitask/outbound-http';
import { logSettings } from '@multitask/event-log';
import { upstreamSettings } from '@multitask/parallel-client';
import { integer, natsSettings, postgresSettings, proxySettings, trustedProxies } from '@multitask/platform';
import { vaultSettings } from '@multitask/vault';
import { z } from 'zod';

export const apiGatewaySettings = z
  .object({
    ...natsSettings.shape,
    ...postgresSettings.shape,
    ...vaultSettings.shape,
    ...outboundSettings.shape,
    ...upstreamSettings.shape,
    ...logSettings.shape,
    ...proxySettings.shape,
    /** Whose answers rows get; told to every reader. */
    UPSTREAM_KIND: z.enum(['parallel', 'emulator', 'custom']).default('parallel'),
    /** The origin of the URLs we hand out; without it, that of each create request. */
    PUBLIC_URL: z
      .url({ protocol: /^https?$/ })
      .transform((url) => new URL(url).origin)
      .optional(),
    /** The Parallel account's signing secret, or several separated by blanks: what its webhooks are verified by. */
    PARALLEL_WEBHOOK_SECRET: z
      .string()
      .transform((text) => text.trim() || undefined)
      .optional(),
    /** Refuses every group that would cost more. */
    MAX_COST_USD: z.coerce.number().min(0).optional(),
    MAX_BODY_BYTES: integer(limits.bodyBytes, { min: 1_024 }),
    MAX_INPUTS_BYTES: integer(limits.inputsBytes, { min: 1_024 }),
    MAX_ROWS: integer(limits.rows, { min: 1 }),
    /** Requests a minute for each key and for each address; callers on this machine are not counted. */
    RATE_LIMIT_PER_KEY: integer(600, { min: 1 }),
    RATE_LIMIT_PER_ADDRESS: integer(600, { min: 1 }),
  })
  .transform((settings) => ({ ...settings, TRUSTED_PROXIES: trustedProxies(settings) }));

export type ApiGatewaySettings = z.infer<typeof apiGatewaySettings>;

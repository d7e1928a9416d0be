import { limits } from '@multitask/contracts';
import { outboundSettings } from '@multitask/outbound-http';
import { logSettings } from '@multitask/event-log';
import { upstreamSettings } from '@multitask/parallel-client';
import { integer, natsSettings, postgresSettings } from '@multitask/platform';
import { vaultSettings } from '@multitask/vault';
import { z } from 'zod';

const loopback = ['127.0.0.0/8', '::1'];
const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.');

const list = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  )
  .optional();

export const apiGatewaySettings = z
  .object({
    ...natsSettings.shape,
    ...postgresSettings.shape,
    ...vaultSettings.shape,
    ...outboundSettings.shape,
    ...upstreamSettings.shape,
    ...logSettings.shape,
    HOST: z.string().default('127.0.0.1'),
    /** Whose answers rows get; told to every reader. */
    UPSTREAM_KIND: z.enum(['parallel', 'emulator', 'custom']).default('parallel'),
    /** The origin of the URLs we hand out; without it, that of each create request. */
    PUBLIC_URL: z
      .url({ protocol: /^https?$/ })
      .transform((url) => new URL(url).origin)
      .optional(),
    /** Addresses or ranges whose forwarded headers are believed. */
    TRUSTED_PROXIES: list,
    /** Refuses every group that would cost more. */
    MAX_COST_USD: z.coerce.number().min(0).optional(),
    MAX_BODY_BYTES: integer(limits.bodyBytes, { min: 1_024 }),
    MAX_INPUTS_BYTES: integer(limits.inputsBytes, { min: 1_024 }),
    MAX_ROWS: integer(limits.rows, { min: 1 }),
    /** Requests a minute for each key and for each address; callers on this machine are not counted. */
    RATE_LIMIT_PER_KEY: integer(600, { min: 1 }),
    RATE_LIMIT_PER_ADDRESS: integer(600, { min: 1 }),
  })
  .transform((settings) => ({
    ...settings,
    // Serving this machine alone means that whoever connects is the front door beside us.
    TRUSTED_PROXIES: settings.TRUSTED_PROXIES ?? (isLoopback(settings.HOST) ? loopback : []),
  }));

export type ApiGatewaySettings = z.infer<typeof apiGatewaySettings>;

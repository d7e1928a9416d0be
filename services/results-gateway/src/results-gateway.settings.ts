import { logSettings } from '@multitask/event-log';
import { integer, natsSettings, postgresSettings, proxySettings, trustedProxies } from '@multitask/platform';
import { z } from 'zod';

export const resultsGatewaySettings = z
  .object({
    ...natsSettings.shape,
    ...postgresSettings.shape,
    ...logSettings.shape,
    ...proxySettings.shape,
    /** Event streams open at once in this process; one more is answered 503. An idle one takes about 25 KiB. */
    STREAM_MAX_READERS: integer(10_000, { min: 1 }),
    /** Of these, those from one address; one more is answered 429. Readers on this machine are not counted. */
    STREAM_MAX_READERS_PER_ADDRESS: integer(2_000, { min: 1 }),
    /** Milliseconds between heartbeats of an event stream. Readers take 45 silent seconds for a lost connection, so never more than 15. */
    STREAM_HEARTBEAT_MS: integer(15_000, { min: 10, max: 15_000 }),
  })
  .transform((settings) => ({ ...settings, TRUSTED_PROXIES: trustedProxies(settings) }));

export type ResultsGatewaySettings = z.infer<typeof resultsGatewaySettings>;

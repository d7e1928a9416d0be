import { z } from 'zod';

const loopback = ['127.0.0.0/8', '::1'];
const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || host.startsWith('127.');

/** Settings of a service that wants to know who its callers are; see {@link trustedProxies}. */
export const proxySettings = z.object({
  HOST: z.string().default('127.0.0.1'),
  /** Addresses or ranges whose forwarded headers are believed. */
  TRUSTED_PROXIES: z
    .string()
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter(Boolean),
    )
    .optional(),
});

/** Serving this machine alone means that whoever connects is the front door beside us, unless something else is set. */
export const trustedProxies = (settings: z.infer<typeof proxySettings>): string[] =>
  settings.TRUSTED_PROXIES ?? (isLoopback(settings.HOST) ? loopback : []);

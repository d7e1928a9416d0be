import { flag } from '@multitask/platform';
import { z } from 'zod';

const destination = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+):\d{1,5}$/;

/** Which user-given URLs may be called; the same in every service that calls some. */
export const outboundSettings = z.object({
  /** Loopback and private ranges may be called. */
  MULTITASK_ALLOW_PRIVATE_URLS: flag,
  /** `host:port,…` that may be called whatever they resolve to. */
  OUTBOUND_ALLOW: z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim().toLowerCase())
        .filter(Boolean),
    )
    .refine((list) => list.every((part) => destination.test(part)), 'write host:port, comma-separated'),
});

import { z } from 'zod';

/** `LOG_MAX_BYTES`: how large the log may grow. Unset, an existing log keeps its size and a new one gets 8 GiB or what the server has. */
export const logSettings = z.object({
  LOG_MAX_BYTES: z.coerce
    .number()
    .int()
    .min(16 * 1024 * 1024)
    .optional(),
});

import { z } from 'zod';
import { limits } from '../limits';
import { createFields, inputsField } from './create-request';

/** The JSON body of `POST …/<id>/runs`. The inputs may also be a file, as for a create. */
export const appendRequest = z.strictObject({
  inputs: inputsField,
  max_inputs: createFields.max_inputs,
  max_cost_usd: createFields.max_cost_usd.describe('Refuses when the estimated cost of the new rows is above.'),
});

/** The body of `POST …/<id>/retry`; may be left out. */
export const retryRequest = z.strictObject({
  rows: z
    .array(z.int('must be a whole number').min(0, 'must not be negative'))
    .max(limits.rows, `must have at most ${limits.rows} rows`)
    .optional()
    .describe('Rows to run again, counted from 0. All that ended without a result when left out.'),
  max_cost_usd: createFields.max_cost_usd.describe('Refuses when the estimated cost of these rows is above.'),
});
export type RetryRequest = z.infer<typeof retryRequest>;

/** The body of `POST …/<id>/webhook/redeliver`; may be left out. */
export const redeliverRequest = z.strictObject({
  generation: z
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .optional()
    .describe('Which completion to tell again; the last one when left out.'),
});
export type RedeliverRequest = z.infer<typeof redeliverRequest>;

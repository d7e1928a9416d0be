import { jsonObject } from '@multitask/contracts';
import { z } from 'zod';

/** What `POST /v1beta/tasks/suggest` answers: raw JSON Schemas, not wrapped as a task spec has them. */
export const suggestedTask = z.looseObject({
  title: z.string().nullish(),
  input_schema: jsonObject.nullish(),
  output_schema: jsonObject.nullish(),
  inputs: z.array(z.unknown()).nullish(),
  /** The shape of one is not documented. */
  warnings: z.array(z.unknown()).nullish(),
});
export type SuggestedTask = z.infer<typeof suggestedTask>;

/** Best first. */
export const suggestedProcessors = z.looseObject({ recommended_processors: z.array(z.string()).nullish() });

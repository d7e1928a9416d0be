import type { JsonObject } from '@multitask/contracts';
import { metaSchemaFaults } from './meta-schema';
import { outlineFaults, reviewOutline, type SchemaReview } from './output-schema.review';

/** What the upstream will say about a JSON output schema, before anything is created. */
export function reviewOutputSchema(schema: JsonObject, field = 'output_schema'): SchemaReview {
  const faults = outlineFaults(schema, field);
  if (faults.length === 0) faults.push(...metaSchemaFaults(schema, field));
  return faults.length > 0 ? { errors: faults, warnings: [] } : reviewOutline(schema, field);
}

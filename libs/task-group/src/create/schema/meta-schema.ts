import type { FieldError, JsonObject } from '@multitask/contracts';
import { Ajv2020 } from 'ajv/dist/2020';

/** Compiled once: it says what a JSON Schema may look like and never runs what a user's schema says. */
const metaSchema = new Ajv2020({ strict: false, logger: false, validateFormats: false });

/** Whether a document is a JSON Schema at all: types that exist, lists where lists belong. */
export function metaSchemaFaults(schema: JsonObject, field: string): FieldError[] {
  if (metaSchema.validateSchema(withoutIdentity(schema))) return [];
  const [error] = metaSchema.errors ?? [];
  const path = (error?.instancePath ?? '')
    .split('/')
    .slice(1)
    .map((part) => `.${part.replaceAll('~1', '/').replaceAll('~0', '~')}`);
  return [
    {
      field: `${field}${path.join('')}`,
      message: `is not valid JSON Schema: it ${error?.message ?? 'cannot be read'}`,
    },
  ];
}

/** `$schema` and `$id` would choose another dialect, or name a document elsewhere. */
export function withoutIdentity(schema: JsonObject): JsonObject {
  const { $schema: _dialect, $id: _id, id: _oldId, $async: _async, ...rest } = schema;
  return rest;
}

import { Ajv2020 } from 'ajv/dist/2020';
import type { SchemaObject } from './json-schema';

/** Whether a value follows a schema; undefined for a schema that no validator can read. */
export function validatorOf(schema: SchemaObject): ((value: unknown) => string | undefined) | undefined {
  const { $schema: _, $id: __, ...rest } = schema;
  // A fresh instance each time: an $id inside would otherwise collide with the last one compiled.
  const ajv = new Ajv2020({ strict: false, validateFormats: false, logger: false });
  try {
    const validate = ajv.compile(rest);
    return (value) => (validate(value) ? undefined : ajv.errorsText(validate.errors, { dataVar: 'input' }));
  } catch {
    return undefined;
  }
}

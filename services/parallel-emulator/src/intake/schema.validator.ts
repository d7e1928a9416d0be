import { Ajv2020 } from 'ajv/dist/2020';
import type { SchemaObject } from './json-schema';

/** What is wrong with a value, or undefined. */
export type Validator = (value: unknown) => string | undefined;

/** A user's pattern may take for ever, and `npm start` has everything in one process: patterns are taken and not evaluated. */
const everything = Object.assign(() => ({ test: () => true }), { code: '() => ({ test: () => true })' });

// One instance: making one costs 10 ms. It keeps nothing of the schemas it compiles, so that ids never collide.
const ajv = new Ajv2020({
  strict: false,
  validateFormats: false,
  logger: false,
  addUsedSchema: false,
  code: { regExp: everything },
});

const compiled = new WeakMap<SchemaObject, { validator: Validator | undefined }>();

/** Undefined for a schema that no validator can read. Compiled once per object: that takes a millisecond. */
export function validatorOf(schema: SchemaObject): Validator | undefined {
  let entry = compiled.get(schema);
  if (!entry) compiled.set(schema, (entry = { validator: compile(schema) }));
  return entry.validator;
}

function compile(schema: SchemaObject): Validator | undefined {
  const { $schema: _, $id: __, ...rest } = schema;
  try {
    const validate = ajv.compile(rest);
    return (value) => (validate(value) ? undefined : ajv.errorsText(validate.errors, { dataVar: 'input' }));
  } catch {
    return undefined;
  } finally {
    ajv.removeSchema(rest);
  }
}

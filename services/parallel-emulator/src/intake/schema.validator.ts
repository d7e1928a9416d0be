import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020';
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
  let plain: SchemaObject | undefined;
  try {
    plain = plainly(schema) as SchemaObject;
    const validate = ajv.compile(plain);
    return (value) => problemOf(validate, value);
  } catch (error) {
    return plain && isSchema(plain, error) ? () => undefined : undefined;
  } finally {
    if (plain) ajv.removeSchema(plain);
  }
}

function problemOf(validate: ValidateFunction, value: unknown): string | undefined {
  try {
    return validate(value) ? undefined : ajv.errorsText(validate.errors, { dataVar: 'input' });
  } catch {
    // A schema that is its own content without end.
    return undefined;
  }
}

/** What does not compile here may be valid all the same, such as an empty `enum` or a root that refers to itself: it is taken. */
const isSchema = (plain: SchemaObject, error: unknown): boolean =>
  ['#', ''].includes((error as { missingRef?: string }).missingRef ?? '') && ajv.validateSchema(plain) === true;

const identity: ReadonlySet<string> = new Set(['$schema', '$id', 'id', '$anchor', '$dynamicAnchor', '$async']);

/**
 * Without what a schema says of itself: two that call themselves the same would be an error, `$async` is no word of JSON Schema
 * and would make a validator of which nobody awaits the refusal. A property of such a name has a schema, not a word.
 */
function plainly(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(plainly);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([name, value]) => !identity.has(name) || (typeof value === 'object' && value !== null))
      .map(([name, value]) => [name, plainly(value)]),
  );
}

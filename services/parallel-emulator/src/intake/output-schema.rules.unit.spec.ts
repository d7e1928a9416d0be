import type { SchemaObject } from './json-schema';
import { checkOutputSchema } from './output-schema.rules';
import { checkTaskSpec, tooManyFields } from './task-spec.check';

const object = (properties: Record<string, unknown>, more: SchemaObject = {}): SchemaObject => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
  ...more,
});
const text = { type: 'string' };

const errorsOf = (schema: SchemaObject) =>
  checkOutputSchema(schema, []).errors.map(({ loc, msg }) => `${loc.join('.')}: ${msg}`);
const nested = (levels: number): SchemaObject =>
  levels === 1 ? object({ leaf: text }) : object({ inner: nested(levels - 1) });
const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`field_${i}`, text]));

describe('the rules for JSON output schemas', () => {
  it('accepts a plain schema without complaint', () => {
    expect(checkOutputSchema(object({ capital: text }), [])).toMatchObject({ errors: [], warnings: [] });
  });

  it.each([
    ['a root that is no object', { type: 'array', items: text }, 'The root type must be object'],
    ['a root without properties', { type: 'object' }, 'The root must have properties'],
    ['a root with anyOf', object({ a: text }, { anyOf: [{}] }), 'The root must not have anyOf'],
    ['null outside a union', object({ a: { type: 'null' } }), 'null is allowed only inside a union'],
    ['an unsupported keyword', object({ a: { type: 'string', format: 'date' } }), 'Unsupported keyword format'],
    [
      'an unsupported keyword in a list',
      object({ a: { type: 'array', items: { type: 'integer', minimum: 1 } } }),
      'Unsupported keyword minimum',
    ],
    ['six levels', nested(6), 'Nested deeper than 5 levels'],
    ['101 properties', object(many(101)), 'More than 100 properties'],
    ['501 enum values', object({ a: { enum: Array.from({ length: 501 }, (_, i) => i) } }), 'More than 500 enum values'],
    [
      'a long enum of long values',
      object({ a: { enum: Array.from({ length: 251 }, (_, i) => `${'x'.repeat(40)}${i}`) } }),
      'exceeds 7500 characters',
    ],
    ['too much text', object({ ['x'.repeat(25_001)]: text }), 'exceed 25000 characters'],
    ['an empty enum', object({ a: { enum: [] } }), 'at least one value'],
    ['a reference out of the document', object({ a: { $ref: 'https://example.com/s' } }), 'leads nowhere'],
    [
      'a circular reference',
      object({ a: { $ref: '#/$defs/a' } }, { $defs: { a: { type: 'array', items: { $ref: '#/$defs/a' } } } }),
      'circular',
    ],
  ])('refuses %s', (_, schema, complaint) => {
    expect(errorsOf(schema).join('\n')).toContain(complaint);
  });

  it('allows exactly 5 levels, 100 properties and 500 enum values', () => {
    expect(errorsOf(nested(5))).toEqual([]);
    expect(errorsOf(object(many(100)))).toEqual([]);
    expect(errorsOf(object({ a: { enum: Array.from({ length: 500 }, (_, i) => i) } }))).toEqual([]);
  });

  it('does not take the name of a property for a keyword', () => {
    expect(errorsOf(object({ format: text, minimum: text, pattern: text }))).toEqual([]);
  });

  it('warns of optional properties, open objects and discouraged names', () => {
    const { errors, warnings } = checkOutputSchema({ type: 'object', properties: { sources: text } }, []);
    expect(errors).toEqual([]);
    expect(warnings.join('\n')).toMatch(/Not listed in required[\s\S]*additionalProperties[\s\S]*sources/);
  });

  it('gives up on references that multiply, in little time', () => {
    const $defs = Object.fromEntries(
      Array.from({ length: 30 }, (_, i) => [
        `d${i}`,
        { anyOf: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }] },
      ]),
    );
    const schema = object({ a: { $ref: '#/$defs/d0' } }, { $defs: { ...$defs, d30: text } });
    expect(errorsOf(schema).join()).toContain('too many parts');
  });
});

describe('checking a task spec', () => {
  it('refuses a schema that contradicts itself', () => {
    const json_schema = object({ a: { type: 'integer', enum: ['one'] } });
    const { errors } = checkTaskSpec({ output_schema: { type: 'json', json_schema } }, ['body']);
    expect(errors).toEqual([expect.objectContaining({ loc: ['body', 'output_schema', 'json_schema'] })]);
  });

  it('refuses more than 15,000 characters', () => {
    const spec = { output_schema: { type: 'text' as const, description: 'x'.repeat(15_000) } };
    expect(checkTaskSpec(spec, ['body']).errors[0]?.msg).toContain('15000');
  });

  it('says what is wrong with an input, without refusing it', () => {
    const input_schema = { type: 'json' as const, json_schema: object({ country: text }) };
    const { errors, inputProblem } = checkTaskSpec({ output_schema: { type: 'auto' }, input_schema }, []);
    expect(errors).toEqual([]);
    expect(inputProblem({ country: 'France' })).toBeUndefined();
    expect(inputProblem({ land: 'France' })).toContain('country');
  });

  it('takes a schema that would make its validator an asynchronous one as any other', () => {
    // Nobody would wait for such a validator: what it finds would end the process.
    const json_schema = object({ country: text }, { $async: true, $defs: { a: { $async: true } } });
    const { errors, inputProblem } = checkTaskSpec(
      { output_schema: { type: 'json', json_schema }, input_schema: { type: 'json', json_schema } },
      [],
    );
    expect(errors).toEqual([]);
    expect(inputProblem({ land: 'France' })).toContain('country');
  });

  it('warns when a processor gets more fields than it fills well', () => {
    const spec = { output_schema: { type: 'json' as const, json_schema: object(many(6)) } };
    expect(tooManyFields(spec, 'base')).toContain('6 output fields');
    expect(tooManyFields(spec, 'core')).toBeUndefined();
  });
});

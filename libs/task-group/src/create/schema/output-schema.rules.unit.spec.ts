import fc from 'fast-check';
import type { JsonObject } from '@multitask/contracts';
import { fieldCountWarning, unsupportedKeywords } from './output-schema.review';
import { reviewOutputSchema } from './output-schema.rules';

const object = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
  ...more,
});
const string: JsonObject = { type: 'string' };
const nested = (levels: number): JsonObject => object({ inner: levels === 1 ? string : nested(levels - 1) });
const errorsOf = (schema: JsonObject) => reviewOutputSchema(schema).errors.map(({ field }) => field);
const warningsOf = (schema: JsonObject) => reviewOutputSchema(schema).warnings.map(({ field }) => field);

describe('an output schema the upstream takes', () => {
  it.each<[string, JsonObject]>([
    ['a plain object', object({ a: string, b: { type: ['string', 'null'] } })],
    ['a property called like a keyword', object({ format: string, pattern: string, properties: string })],
    ['an array of objects', object({ list: { type: 'array', items: object({ a: string }) } })],
    ['a union with null', object({ a: { anyOf: [string, { type: 'null' }] } })],
    ['a reference inside', { ...object({ a: { $ref: '#/$defs/x' } }), $defs: { x: string } }],
    ['100 properties', object(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`p${i}`, string])))],
    ['500 short enum values', object({ a: { enum: Array.from({ length: 500 }, (_, i) => i) } })],
    ['a dialect and an id', { ...object({ a: string }), $schema: 'http://json-schema.org/draft-07/schema#', $id: 'x' }],
  ])('%s', (_, schema) => {
    expect(reviewOutputSchema(schema)).toEqual({ errors: [], warnings: [] });
  });
});

describe('an output schema the upstream refuses', () => {
  it.each<[string, JsonObject, string]>([
    ['no object', { type: 'array', items: string }, 'output_schema.type'],
    ['no type', { properties: { a: string } }, 'output_schema.type'],
    ['a union at the root', { ...object({ a: string }), anyOf: [] }, 'output_schema.anyOf'],
    ['no properties', { type: 'object' }, 'output_schema.properties'],
    ['empty properties', object({}), 'output_schema.properties'],
    ['null outside a union', object({ a: { type: 'null' } }), 'output_schema.properties.a.type'],
    ['null alone in a list', object({ a: { type: ['null'] } }), 'output_schema.properties.a.type'],
    [
      'six levels',
      nested(6),
      'output_schema.properties.inner.properties.inner.properties.inner.properties.inner.properties.inner',
    ],
    [
      '101 properties',
      object(Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`p${i}`, string]))),
      'output_schema',
    ],
    ['501 enum values', object({ a: { enum: Array.from({ length: 501 }, (_, i) => i) } }), 'output_schema'],
    [
      'a long enum with long texts',
      object({ a: { enum: Array.from({ length: 251 }, (_, i) => `${i}`.padEnd(31, 'x')) } }),
      'output_schema.properties.a.enum',
    ],
    [
      '25,001 characters of names',
      object(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`${i}`.padEnd(251, 'n'), string]))),
      'output_schema',
    ],
    ['a type that is none', object({ a: { type: 'text' } }), 'output_schema.properties.a.type'],
    ['itself', object({ a: { $ref: '#' } }), 'output_schema'],
  ])('%s', (_, schema, field) => {
    expect(errorsOf(schema)).toEqual([field]);
  });

  it.each([...unsupportedKeywords])('the keyword %s', (keyword) => {
    const value = ['contains', 'propertyNames', 'unevaluatedItems', 'unevaluatedProperties'].includes(keyword)
      ? true
      : keyword === 'patternProperties'
        ? {}
        : keyword === 'uniqueItems'
          ? true
          : ['format', 'pattern'].includes(keyword)
            ? 'x'
            : 1;
    expect(errorsOf(object({ a: { type: 'string', [keyword]: value } }))).toEqual([
      `output_schema.properties.a.${keyword}`,
    ]);
  });
});

describe('what the upstream only warns about', () => {
  it.each<[string, JsonObject, string]>([
    ['an optional property', object({ a: string }, { required: [] }), 'output_schema.required'],
    ['an open object', object({ a: string }, { additionalProperties: true }), 'output_schema.additionalProperties'],
    ['a name of its own basis', object({ reasoning: string }), 'output_schema.properties.reasoning'],
    ['four levels', nested(4), 'output_schema'],
  ])('%s', (_, schema, field) => {
    expect(errorsOf(schema)).toEqual([]);
    expect(warningsOf(schema)).toEqual([field]);
  });

  it('more fields than the processor answers well', () => {
    const schema = object({ a: string, b: string, c: string });
    expect(fieldCountWarning(schema, 'lite')?.message).toMatch(/3 fields; lite answers about 2 well/);
    expect(fieldCountWarning(schema, 'base')).toBeUndefined();
    expect(fieldCountWarning(schema, 'unknown')).toBeUndefined();
  });
});

describe('a schema made to break us', () => {
  it.each(['https://evil.example/schema.json', 'file:///etc/passwd', 'other.json', '//evil.example/x'])(
    'is refused for a reference to %s; nothing is fetched',
    (ref) => {
      expect(reviewOutputSchema(object({ a: { $ref: ref } })).errors).toEqual([
        { field: 'output_schema.properties.a.$ref', message: expect.stringContaining('nothing is fetched') },
      ]);
    },
  );

  it.each(['#/$defs/nowhere', '#/properties/a/%ZZ', '#anchor', '#/__proto__', '#/constructor'])(
    'is refused for a reference that leads nowhere: %s',
    (ref) => {
      expect(errorsOf(object({ a: { $ref: ref } }))).toEqual(['output_schema.properties.a.$ref']);
    },
  );

  it('is refused when deeper than 32 schemas or larger than 64 KiB', () => {
    expect(reviewOutputSchema(nested(40)).errors[0]!.message).toMatch(/deeper than 32/);
    expect(reviewOutputSchema(object({ a: { description: 'x'.repeat(70_000) } })).errors[0]!.message).toMatch(/65536/);
  });

  it('ends quickly however references unfold', () => {
    const definitions: JsonObject = { d0: string };
    for (let i = 1; i < 200; i++)
      definitions[`d${i}`] = { anyOf: [{ $ref: `#/$defs/d${i - 1}` }, { $ref: `#/$defs/d${i - 1}` }] };
    // The process's own time, against work that would not end in years.
    const before = process.cpuUsage();
    expect(
      reviewOutputSchema({ ...object({ a: { $ref: '#/$defs/d199' } }), $defs: definitions }).errors[0]!.message,
    ).toMatch(/unfolds to more than/);
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(5_000);
  });

  it('never throws, whatever it says', () => {
    const anything = fc.letrec((tie) => ({
      schema: fc.dictionary(
        fc.constantFrom(
          'type',
          'properties',
          'items',
          'anyOf',
          '$ref',
          'enum',
          'required',
          '$defs',
          'not',
          'additionalProperties',
          'format',
          'a',
        ),
        fc.oneof(
          { maxDepth: 4 },
          fc.constantFrom<unknown>('object', 'string', 'null', '#', '#/$defs/a', true, null, 3, []),
          tie('schema'),
          fc.array(tie('schema'), { maxLength: 3 }),
        ),
        { maxKeys: 5 },
      ),
    })).schema;
    fc.assert(
      fc.property(anything, (schema) => {
        const { errors } = reviewOutputSchema(schema as JsonObject);
        for (const error of errors) expect(error.field).toMatch(/^output_schema/);
      }),
      { numRuns: 300 },
    );
  });
});

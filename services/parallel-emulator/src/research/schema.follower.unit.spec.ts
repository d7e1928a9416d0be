import { Ajv2020 } from 'ajv/dist/2020';
import fc from 'fast-check';
import type { SchemaObject } from '../intake/json-schema';
import { checkTaskSpec } from '../intake/task-spec.check';
import { research } from './research';

const names = fc.constantFrom(
  'name',
  'capital',
  'area_km2',
  'founded',
  'website',
  'is_open',
  'tags',
  'notes',
  'x y',
  '__a',
);

const leaf: fc.Arbitrary<SchemaObject> = fc.oneof(
  fc.record({ type: fc.constantFrom('string', 'number', 'integer', 'boolean') }),
  fc.record({ type: fc.constantFrom('string', 'integer').map((type) => [type, 'null']) }),
  fc.record({
    type: fc.constant('string'),
    enum: fc.uniqueArray(fc.constantFrom('a', 'b', 'Paris', ''), { minLength: 1 }),
  }),
  fc.record({ enum: fc.uniqueArray(fc.oneof(fc.integer(), fc.constantFrom('a', null, true)), { minLength: 1 }) }),
  fc.record({ const: fc.constantFrom<unknown>('fixed', 7, false) }),
  fc.constantFrom<SchemaObject>({ $ref: '#/$defs/text' }, { $ref: '#/$defs/place' }),
);

const objectOf = (properties: Record<string, SchemaObject>, required: boolean, closed: boolean): SchemaObject => ({
  type: 'object',
  properties,
  ...(required && { required: Object.keys(properties) }),
  ...(closed && { additionalProperties: false }),
});

const { node } = fc.letrec<{ node: SchemaObject }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.record({ type: fc.constant('array'), items: tie('node') }),
    fc.record({
      anyOf: fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((all) => [...all, { type: 'null' }]),
    }),
    fc.record({ oneOf: fc.array(tie('node'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ allOf: fc.array(tie('node'), { minLength: 1, maxLength: 2 }) }),
    fc
      .tuple(fc.dictionary(names, tie('node'), { maxKeys: 3 }), fc.boolean(), fc.boolean())
      .map((args) => objectOf(...args)),
  ),
}));

const root = fc.dictionary(names, node, { minKeys: 1, maxKeys: 4 }).map((properties) => ({
  ...objectOf(properties, true, true),
  $defs: { text: { type: 'string' }, place: objectOf({ city: { type: 'string' } }, true, true) },
}));

const input = fc.oneof(
  fc.record({ country: fc.constantFrom('France', 'Kenya', 'NO') }),
  fc.record({ company: fc.string() }),
  fc.string(),
);

const answer = (json_schema: SchemaObject, about: string | Record<string, unknown>, seed = 'seed') =>
  research({
    seed,
    processor: 'core',
    input: about,
    spec: { output_schema: { type: 'json', json_schema } },
    elementBasis: false,
  });

describe('following a schema', () => {
  const ajv = new Ajv2020({ strict: false });

  it('answers every schema the rules accept with an output that validates', () => {
    let accepted = 0;
    let tried = 0;
    fc.assert(
      fc.property(root, input, fc.string(), (json_schema, about, seed) => {
        tried++;
        if (checkTaskSpec({ output_schema: { type: 'json', json_schema } }, []).errors.length > 0) return;
        accepted++;
        const { content } = answer(json_schema, about, seed);
        if (!ajv.validate(json_schema, content)) throw new Error(`${ajv.errorsText()} in ${JSON.stringify(content)}`);
      }),
      { numRuns: 100 },
    );
    // The property would be empty if the rules refused nearly everything.
    expect(accepted).toBeGreaterThan(tried / 2);
  });

  it('gives the same answer to the same assignment, and another to another seed', () => {
    const schema = objectOf({ founded: { type: 'integer' }, note: { type: 'string' } }, true, true);
    expect(answer(schema, 'Acme')).toEqual(answer(schema, 'Acme'));
    expect(answer(schema, 'Acme')).not.toEqual(answer(schema, 'Acme', 'other'));
  });

  it('keeps names such as __proto__ as plain data', () => {
    const schema = JSON.parse(
      '{"type":"object","properties":{"__proto__":{"type":"string"}},"required":["__proto__"]}',
    );
    const content = answer(schema, 'Acme').content as object;
    expect(Object.keys(content)).toEqual(['__proto__']);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

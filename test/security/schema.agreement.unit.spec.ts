import type { JsonObject } from '@multitask/contracts';
import { reviewOutputSchema } from '@multitask/task-group';
import fc from 'fast-check';
import { inputSchemaFaults } from '../../libs/task-group/src/create/schema/input-schema.check';
import { checkTaskSpec } from '../../services/parallel-emulator/src/intake/task-spec.check';

const names = fc.constantFrom('a', 'b', 'name', 'toString', 'a/b', 'x~y', 'é %', 'reasoning');
const types = fc.constantFrom('string', 'integer', 'number', 'boolean', 'array', 'object', 'null', 'strnig');
const value = fc.oneof(names, fc.integer(), fc.boolean(), fc.constant(null), fc.constant([]), fc.constant({}));
const reference = fc.constantFrom(
  ...['#', '#/$defs/a', '#/$defs/b', '#/definitions/a', '#/properties/a', '#/$defs/a%2Fb', '#/$defs/none', '#a'],
  ...['#/$defs/%', 'https://elsewhere.example/x', '#/$defs', '#/properties'],
);

/** Schemas as people and attackers write them: mostly well made, with a share of what is not. */
const { schema } = fc.letrec<{ schema: JsonObject; some: unknown; record: object }>((tie) => {
  const list = fc.array(tie('schema'), { maxLength: 3 });
  const keywords: Record<string, fc.Arbitrary<unknown>> = {
    type: fc.oneof({ weight: 6, arbitrary: types }, fc.uniqueArray(types, { maxLength: 3 }), fc.integer()),
    properties: tie('record'),
    required: fc.array(names, { maxLength: 3 }),
    additionalProperties: fc.oneof(fc.boolean(), tie('schema')),
    items: fc.oneof({ weight: 4, arbitrary: tie('schema') }, fc.boolean(), list),
    prefixItems: list,
    enum: fc.array(value, { maxLength: 4 }),
    const: value,
    anyOf: list,
    oneOf: list,
    allOf: list,
    not: tie('schema'),
    $ref: reference,
    $defs: tie('record'),
    definitions: tie('record'),
    description: fc.oneof(names, fc.integer()),
    default: value,
    format: fc.constant('date'),
    minimum: fc.integer(),
    pattern: fc.constantFrom('^a', '('),
    $id: fc.constantFrom('x', '#x', 'https://elsewhere.example/x'),
    $anchor: fc.constantFrom('a', 'b', '1'),
    $schema: fc.constantFrom('http://json-schema.org/draft-07/schema#', 'x'),
    $async: fc.boolean(),
    if: tie('schema'),
    else: tie('schema'),
  };
  // Few keywords in a schema: with all of them by chance, nearly every one would contradict itself.
  const pick = fc.uniqueArray(fc.constantFrom(...Object.keys(keywords)), { maxLength: 3 });
  return {
    record: fc.dictionary(names, tie('schema'), { maxKeys: 3 }),
    some: value,
    schema: pick.chain((chosen) =>
      fc.record(Object.fromEntries(chosen.map((name) => [name, keywords[name]!]))),
    ) as never,
  };
});

const asRoot = fc
  .tuple(schema, fc.dictionary(names, schema, { minKeys: 1, maxKeys: 3 }), fc.dictionary(names, schema, { maxKeys: 2 }))
  .map(([more, properties, $defs]): JsonObject => ({ ...more, type: 'object', properties, $defs }) as JsonObject);

/** One keyword each, or an object of such. */
const { plain } = fc.letrec<{ plain: JsonObject; record: Record<string, JsonObject> }>((tie) => ({
  record: fc.dictionary(names, tie('plain'), { minKeys: 1, maxKeys: 3 }),
  plain: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    ...[
      fc.record({ type: types }),
      fc.record({ type: fc.uniqueArray(types, { minLength: 1, maxLength: 2 }) }),
      fc.record({ enum: fc.uniqueArray(value, { maxLength: 4, selector: (one) => JSON.stringify(one) }) }),
      fc.record({ const: value }),
      fc.record({ $ref: reference }),
      fc.record({ anyOf: fc.array(tie('plain'), { minLength: 1, maxLength: 3 }) }),
      fc.record({ type: fc.constant('array'), items: tie('plain') }),
      fc.tuple(tie('record'), fc.boolean()).map(([properties, additionalProperties]) => ({
        type: 'object',
        properties,
        required: Object.keys(properties),
        additionalProperties,
      })),
    ].map((one) => one as fc.Arbitrary<JsonObject>),
  ),
}));
const plainRoot = fc
  .tuple(fc.dictionary(names, plain, { minKeys: 1, maxKeys: 3 }), fc.dictionary(names, plain, { maxKeys: 2 }))
  .map(([properties, $defs]): JsonObject => ({ type: 'object', properties, $defs }) as JsonObject);

const string = { type: 'text' as const };
let accepted = 0;
const runs = { numRuns: Number(process.env.PROPERTY_RUNS ?? 800) };
afterEach(() => {
  process.stdout.write(`${accepted} schemas were accepted\n`);
  expect(accepted).toBeGreaterThan(runs.numRuns / 20);
  accepted = 0;
});

describe('what our check of a schema accepts, the emulator accepts', () => {
  it('as output_schema', () => {
    fc.assert(
      fc.property(asRoot, (json_schema) => {
        if (reviewOutputSchema(json_schema).errors.length > 0) return;
        accepted++;
        const { errors } = checkTaskSpec({ output_schema: { type: 'json', json_schema } }, []);
        // Only a trial shows that nothing can satisfy two keywords at once; where that is left to chance, it happens.
        expect(errors.filter(({ msg }) => !msg.includes('contradicts itself'))).toEqual([]);
      }),
      runs,
    );
  });

  it('as output_schema without a word more, where no two keywords can contradict each other', () => {
    fc.assert(
      fc.property(plainRoot, (json_schema) => {
        if (reviewOutputSchema(json_schema).errors.length > 0) return;
        accepted++;
        expect(checkTaskSpec({ output_schema: { type: 'json', json_schema } }, []).errors).toEqual([]);
      }),
      runs,
    );
  });

  it('as input_schema', () => {
    fc.assert(
      fc.property(fc.oneof(asRoot, schema), (json_schema) => {
        if (inputSchemaFaults(json_schema).length > 0) return;
        accepted++;
        const input_schema = { type: 'json' as const, json_schema };
        const checked = checkTaskSpec({ output_schema: string, input_schema }, []);
        expect(checked.errors).toEqual([]);
        checked.inputProblem({ a: 1, b: { a: [null] } });
      }),
      runs,
    );
  });
});

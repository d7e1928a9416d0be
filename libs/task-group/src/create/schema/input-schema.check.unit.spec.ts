import type { JsonObject } from '@multitask/contracts';
import { InputSchemaCheck, inputSchemaFaults } from './input-schema.check';

const check = (schema: JsonObject | undefined, rows: unknown[]) => {
  const checker = new InputSchemaCheck(schema);
  rows.forEach((row, i) => checker.add(row as JsonObject, i));
  return checker.warnings();
};
const people: JsonObject = {
  type: 'object',
  properties: { name: { type: 'string' }, age: { type: 'integer', minimum: 0 } },
  required: ['name'],
};

describe('rows and the caller’s input schema', () => {
  it('match without a word', () => {
    expect(check(people, [{ name: 'Ada' }, { name: 'Bo', age: 3 }])).toEqual([]);
    expect(check(undefined, [{ anything: 1 }])).toEqual([]);
  });

  it('do not match, which is a warning that names row and field', () => {
    expect(check(people, [{ name: 'Ada', age: -1 }, 'text'])).toEqual([
      {
        code: 'input_schema_mismatch',
        field: 'inputs[0].age',
        message: 'inputs[0].age does not match input_schema: it must be >= 0.',
      },
      {
        code: 'input_schema_mismatch',
        field: 'inputs[1]',
        message: 'inputs[1] does not match input_schema: it must be object.',
      },
    ]);
  });

  it('are told about twenty times and then counted', () => {
    const warnings = check(
      people,
      Array.from({ length: 30 }, () => ({})),
    );
    expect(warnings).toHaveLength(21);
    expect(warnings.at(-1)!.message).toBe('10 more rows do not match input_schema.');
  });

  it('do not run a regular expression of the user', () => {
    const evil: JsonObject = { type: 'string', pattern: '^(a+)+$', format: 'email' };
    // The process's own time, against work that would not end in years.
    const before = process.cpuUsage();
    expect(check(evil, [`${'a'.repeat(60)}!`])).toEqual([]);
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(5_000);
  });

  it('are not held against a schema that unfolds too far, and it is said', () => {
    const definitions: JsonObject = { d0: { type: 'string' } };
    for (let i = 1; i < 60; i++)
      definitions[`d${i}`] = { allOf: [{ $ref: `#/$defs/d${i - 1}` }, { $ref: `#/$defs/d${i - 1}` }] };
    expect(check({ $ref: '#/$defs/d59', $defs: definitions }, ['a', 'b'])).toEqual([
      expect.objectContaining({ message: '2 rows were not checked against input_schema.' }),
    ]);
    expect(check({ $ref: '#' }, ['a'])).toHaveLength(1);
  });

  it('are checked up to a budget', () => {
    const many = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`p${i}`, { type: 'string' }]));
    const warnings = check(
      { type: 'object', properties: many },
      Array.from({ length: 6_000 }, () => ({ p0: 'x' })),
    );
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^\d+ rows were not checked against input_schema\.$/),
    ]);
  });
});

describe('the input schema itself', () => {
  it.each<[JsonObject, string]>([
    [{ type: 'objekt' }, 'input_schema.type'],
    [{ $ref: 'https://evil.example/x' }, 'input_schema.$ref'],
    [{ properties: { a: { required: 'a' } } }, 'input_schema.properties.a.required'],
  ])('%j is refused', (schema, field) => {
    expect(inputSchemaFaults(schema).map((fault) => fault.field)).toEqual([field]);
  });

  it('may be anything that is JSON Schema', () => {
    expect(inputSchemaFaults({ $schema: 'http://json-schema.org/draft-07/schema#', ...people })).toEqual([]);
  });
});

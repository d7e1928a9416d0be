import fc from 'fast-check';
import { adviceOn, fieldsOf, fieldTypes, schemaOf, type SchemaField } from './schema.fields';

const named = (name: string, more: Partial<SchemaField> = {}): SchemaField => ({
  name,
  type: 'string',
  about: '',
  choices: [],
  ...more,
});
const said = (schema: unknown, processor?: string) =>
  adviceOn(typeof schema === 'string' ? schema : JSON.stringify(schema), processor).map(
    ({ level, message }) => `${level}: ${message}`,
  );

describe('the fields of an answer', () => {
  it('become a schema that is taken without a word', () => {
    const schema = schemaOf([
      named('capital', { about: ' The capital ' }),
      named('cities', { type: 'strings' }),
      named('size', { type: 'choice', choices: ['small', 'large'] }),
      named(' '),
    ]);
    expect(schema).toEqual({
      type: 'object',
      properties: {
        capital: { type: 'string', description: 'The capital' },
        cities: { type: 'array', items: { type: 'string' } },
        size: { type: 'string', enum: ['small', 'large'] },
      },
      required: ['capital', 'cities', 'size'],
      additionalProperties: false,
    });
    expect(said(schema)).toEqual([]);
  });

  it('are read back from their schema', () => {
    const field = fc.record({
      name: fc.stringMatching(/^[a-z_]{1,12}$/),
      type: fc.constantFrom(...fieldTypes),
      about: fc.stringMatching(/^[a-z]{0,9}$/),
      choices: fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 3 }),
    });
    fc.assert(
      fc.property(fc.uniqueArray(field, { selector: ({ name }) => name }), (fields) => {
        const plain = fields.map((one) => ({ ...one, choices: one.type === 'choice' ? one.choices : [] }));
        expect(fieldsOf(schemaOf(plain))).toEqual(plain);
      }),
    );
  });

  it.each([
    ['nested', { a: { type: 'object', properties: {} } }],
    ['a union', { a: { type: ['string', 'null'] } }],
    ['a keyword of its own', { a: { type: 'string', examples: [] } }],
    ['numbers to choose from', { a: { type: 'string', enum: [1] } }],
  ])('are not shown for what they cannot say: %s', (_name, properties) => {
    const rest = { type: 'object', required: ['a'], additionalProperties: false };
    expect(fieldsOf({ ...rest, properties })).toBeUndefined();
    expect(fieldsOf({ ...rest, properties: { a: { type: 'string' } }, required: [] })).toBeUndefined();
    expect(fieldsOf({ ...rest, properties: { a: { type: 'string' } }, title: 'x' })).toBeUndefined();
    expect(fieldsOf([])).toBeUndefined();
  });
});

describe('the advice on a schema', () => {
  const root = { type: 'object', required: ['a'], additionalProperties: false };

  it.each<[string, unknown, string]>([
    ['half typed', '{"type": ', 'error: This is not JSON yet'],
    ['no object', '[]', 'error: A schema is a JSON object.'],
    ['no properties', { type: 'object' }, 'error: “properties” must name at least one property.'],
    ['another root', { ...root, type: 'array' }, 'error: “type” must be "object".'],
    ['a misspelt type', { ...root, properties: { a: { type: 'text' } } }, 'error: “a.type” cannot be "text".'],
    [
      'a keyword too many',
      { ...root, properties: { a: { type: 'string', pattern: 'x' } } },
      'error: “a.pattern” is a keyword',
    ],
    [
      'optional fields',
      { ...root, required: [], properties: { a: { type: 'string' } } },
      'warning: “required” should list',
    ],
  ])('is given while it is typed: %s', (_name, schema, advice) => {
    expect(said(schema)[0]).toContain(advice);
  });

  it('counts the fields for the processor, and takes the upstream’s own form', () => {
    const properties = Object.fromEntries(['a', 'b', 'c'].map((name) => [name, { type: 'string' }]));
    const schema = { ...root, properties, required: ['a', 'b', 'c'] };
    expect(said(schema, 'lite')).toEqual([
      expect.stringContaining('The schema has 3 fields; lite answers about 2 well'),
    ]);
    expect(said({ type: 'json', json_schema: schema }, 'core')).toEqual([]);
  });

  it('never fails, whatever is typed', () => {
    fc.assert(fc.property(fc.json(), (text) => void adviceOn(text, 'lite')));
    fc.assert(
      fc.property(fc.jsonValue(), (a) => void adviceOn(JSON.stringify({ ...root, properties: { a } }), undefined)),
    );
  });
});

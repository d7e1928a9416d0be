import { MultitaskError, type CreateSpec, type JsonObject } from '@multitask/contracts';
import { planOutput, planSuggested } from './output.plan';

const schema: JsonObject = {
  type: 'object',
  properties: { capital: { type: 'string' } },
  required: ['capital'],
  additionalProperties: false,
};
const json = (more: object): CreateSpec => ({ output_type: 'json', ...more }) as CreateSpec;

describe('what rows are answered with', () => {
  it('is the given schema', () => {
    expect(planOutput(json({ output_schema: schema }))).toEqual({
      kind: 'known',
      output: { type: 'json', json_schema: schema },
      warnings: [],
    });
  });

  it('is json when a schema is given without a type', () => {
    expect(planOutput({ output_schema: schema })).toMatchObject({ output: { type: 'json' } });
  });

  it('takes the schema in the upstream’s own wrapping', () => {
    expect(planOutput(json({ output_schema: { type: 'json', json_schema: schema } }))).toMatchObject({
      output: { type: 'json', json_schema: schema },
    });
  });

  it('keeps a description beside a schema as the schema’s own', () => {
    const plan = planOutput(json({ output_schema: schema, output_description: 'about cities' }));
    expect(plan).toMatchObject({ output: { json_schema: { ...schema, description: 'about cities' } } });
    const own = { ...schema, description: 'mine' };
    expect(planOutput(json({ output_schema: own, output_description: 'theirs' }))).toMatchObject({
      output: { json_schema: own },
    });
  });

  it('is suggested from words alone', () => {
    expect(planOutput(json({ output_description: 'the capital' }))).toEqual({ kind: 'suggest', intent: 'the capital' });
  });

  it('is text, described or not', () => {
    expect(planOutput({ output_type: 'text' })).toMatchObject({ output: { type: 'text' } });
    expect(planOutput({ output_type: 'text', output_description: 'a story' })).toMatchObject({
      output: { type: 'text', description: 'a story' },
    });
  });

  it('is left to the upstream', () => {
    expect(planOutput({ output_type: 'auto' })).toMatchObject({ output: { type: 'auto' } });
  });

  it.each<[CreateSpec, string]>([
    [{}, 'output_type'],
    [{ output_description: 'x' }, 'output_type'],
    [{ output_type: 'json' }, 'output_schema'],
    [{ output_type: 'text', output_schema: schema }, 'output_schema'],
    [{ output_type: 'auto', output_schema: schema }, 'output_schema'],
    [{ output_type: 'auto', output_description: 'x' }, 'output_description'],
  ])('cannot be told from %j', (spec, field) => {
    expect(() => planOutput(spec)).toThrow(expect.objectContaining({ code: 'invalid_field', details: { field } }));
  });

  it('is not a schema the upstream would refuse', () => {
    const recursive: JsonObject = { type: 'object', properties: { child: { $ref: '#' } } };
    expect(() => planOutput(json({ output_schema: recursive }))).toThrow(MultitaskError);
  });
});

describe('a suggested schema', () => {
  it('loses the keywords the upstream itself refuses, and no property that is called like one', () => {
    const plan = planSuggested({
      ...schema,
      properties: {
        format: { type: 'string', format: 'date', enum: ['pattern'] },
        list: { type: 'array', items: { type: 'string', minLength: 2 }, maxItems: 3 },
      },
      required: ['format', 'list'],
    });
    expect(plan?.output).toEqual({
      type: 'json',
      json_schema: {
        ...schema,
        properties: {
          format: { type: 'string', enum: ['pattern'] },
          list: { type: 'array', items: { type: 'string' } },
        },
        required: ['format', 'list'],
      },
    });
  });

  it.each([[{}], [{ type: 'array' }], [{ type: 'object', properties: {} }]])('is no use as %j', (useless) => {
    expect(planSuggested(useless as JsonObject)).toBeUndefined();
  });
});

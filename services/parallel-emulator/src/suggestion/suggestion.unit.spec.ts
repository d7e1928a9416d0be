import fc from 'fast-check';
import { checkOutputSchema } from '../intake/output-schema.rules';
import { chooseProcessors } from './processor.choice';
import { fieldsOf } from './intent';
import { suggestTask } from './suggested-task';

const names = (intent: string) => fieldsOf(intent).map(({ name }) => name);

describe('reading fields from an intent', () => {
  it.each([
    ['capital, area in km2 and founding year', ['capital', 'area_in_km2', 'founding_year']],
    ['For each country find the capital, area in km2 and founding year.', ['capital', 'area_in_km2', 'founding_year']],
    ['For each company, CEO and headcount', ['ceo', 'headcount']],
    [
      'Research these companies: website; number of employees; whether it is public',
      ['website', 'number_of_employees', 'whether_it_is_public'],
    ],
    [
      'Return the official languages of each country, its currency, and the capital',
      ['official_languages', 'currency', 'capital'],
    ],
    ['- founder\n- funding (in USD)\n- competitors', ['founder', 'funding', 'competitors']],
    ['population', ['population']],
  ])('%s', (intent, expected) => expect(names(intent)).toEqual(expected));

  it('guesses types', () => {
    const types = Object.fromEntries(
      fieldsOf('capital, area in km2, founding year, languages, is landlocked').map((f) => [f.name, f.type]),
    );
    expect(types).toEqual({
      capital: 'string',
      area_in_km2: 'number',
      founding_year: 'integer',
      languages: 'strings',
      is_landlocked: 'boolean',
    });
  });
});

describe('suggesting a task', () => {
  it('names the column the intent talks about, and samples the countries it names', () => {
    const task = suggestTask('Find the capital of France, Kenya and Peru', undefined);
    expect(task.inputs).toEqual([{ country: 'France' }, { country: 'Kenya' }, { country: 'Peru' }]);
    expect(suggestTask('For these companies: CEO, revenue', undefined).input_schema).toMatchObject({
      required: ['company'],
    });
  });

  it('keeps the columns of a previous task and adds to its fields', () => {
    const input_schema = { type: 'object', properties: { town: { type: 'string' } } };
    const output_schema = { type: 'object', properties: { mayor: { type: 'string' } } };
    const task = suggestTask('also the population', { input_schema, output_schema });
    expect(task.input_schema).toBe(input_schema);
    expect(task.output_schema).toMatchObject({ required: ['mayor', 'population'] });
  });

  it('warns when it had to generalise, and of what cannot be found', () => {
    const warnings = (intent: string) => suggestTask(intent, undefined).warnings?.map(({ type }) => type);
    const sentence = 'tell the long winding story behind why this particular organisation came about';
    expect(warnings(sentence)).toEqual(['schema_generalization']);
    expect(warnings('stock price tomorrow')).toEqual(['unattainable_task']);
    expect(warnings('capital')).toBeUndefined();
  });

  it('always suggests a schema that the rules accept', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ minLength: 1 }), fc.lorem({ mode: 'sentences', maxCount: 5 })), (intent) => {
        expect(checkOutputSchema(suggestTask(intent, undefined).output_schema, []).errors).toEqual([]);
      }),
    );
  });
});

describe('choosing a processor', () => {
  const spec = (count: number) => ({
    output_schema: {
      type: 'object',
      properties: Object.fromEntries(Array.from({ length: count }, (_, i) => [`f${i}`, {}])),
    },
  });

  it.each([
    [1, 'base'],
    [5, 'base'],
    [6, 'core'],
    [11, 'pro'],
    [21, 'ultra2x'],
    [60, 'ultra8x'],
  ])('%i fields: %s first', (count, processor) => expect(chooseProcessors(spec(count), undefined)[0]).toBe(processor));

  it('takes wrapped schemas as well', () => {
    const wrapped = { output_schema: { type: 'json', json_schema: spec(8).output_schema } };
    expect(chooseProcessors(wrapped, undefined)[0]).toBe('core');
  });

  it('chooses among those offered, but never lite', () => {
    expect(chooseProcessors(spec(2), ['lite', 'lite-fast', 'core-fast', 'pro-fast'])).toEqual([
      'core-fast',
      'pro-fast',
    ]);
    expect(chooseProcessors(spec(2), ['lite'])).toEqual(['base', 'core', 'core2x']);
  });
});

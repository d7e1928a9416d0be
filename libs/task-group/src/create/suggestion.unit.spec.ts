import { pinnedInputs, suggestionWarnings } from './suggestion';

describe('what a suggestion knows of the inputs', () => {
  it('is their columns and a few rows', () => {
    expect(pinnedInputs([{ a: 1 }, { b: 2 }, 'text', { c: 3 }])).toEqual({
      input_schema: {
        type: 'object',
        properties: { a: { type: 'string' }, b: { type: 'string' }, input: { type: 'string' }, c: { type: 'string' } },
        required: ['a', 'b', 'input', 'c'],
        additionalProperties: false,
      },
      inputs: [{ a: 1 }, { b: 2 }, { input: 'text' }],
    });
  });
});

describe('warnings of a suggestion', () => {
  it('are kept in whatever shape they come', () => {
    expect(
      suggestionWarnings([
        { type: 'schema_generalization', message: 'wider' },
        'plain',
        { odd: 1 },
        null,
        { message: 'm' },
      ]),
    ).toEqual([
      { code: 'schema_generalization', message: 'wider' },
      { code: 'suggestion', message: 'plain' },
      { code: 'suggestion', message: '{"odd":1}' },
      { code: 'suggestion', message: 'null' },
      { code: 'suggestion', message: 'm' },
    ]);
    expect(suggestionWarnings(null)).toEqual([]);
  });
});

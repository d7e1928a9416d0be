/** Countries whose facts the emulator knows, so that the first group anybody sees holds true answers. */
export const exampleCountries = [
  'France',
  'Japan',
  'Kenya',
  'Brazil',
  'Canada',
  'Switzerland',
  'Bolivia',
  'New Zealand',
  'South Korea',
  'Egypt',
  'Iceland',
  'Singapore',
];

/** Columns of the printed table, in order. */
export const exampleColumns = ['country', 'capital', 'region', 'area', 'languages', 'currency'] as const;

/** What the key in the environment may be charged for the example. */
export const exampleCapUsd = 1;

export const exampleRequest = {
  inputs: exampleCountries.map((country) => ({ country })),
  title: 'Twelve countries',
  output_type: 'json',
  output_schema: {
    type: 'object',
    properties: {
      capital: { type: 'string', description: 'The capital city' },
      region: { type: 'string', description: 'The continent or world region' },
      area: { type: 'number', description: 'Land area in square kilometres' },
      languages: { type: 'array', items: { type: 'string' }, description: 'Official languages' },
      currency: { type: 'string', description: 'The official currency' },
    },
    required: ['capital', 'region', 'area', 'languages', 'currency'],
    additionalProperties: false,
  },
  processor: 'base',
  max_cost_usd: exampleCapUsd,
};

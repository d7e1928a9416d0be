import { countryOf } from './country';
import { research, type Assignment } from './research';

const schema = (properties: Record<string, unknown>) => ({
  output_schema: {
    type: 'json' as const,
    json_schema: { type: 'object', properties, required: Object.keys(properties), additionalProperties: false },
  },
});

const assignment = (more: Partial<Assignment>): Assignment => ({
  seed: 'seed',
  processor: 'core',
  input: { country: 'Switzerland' },
  spec: undefined,
  elementBasis: false,
  ...more,
});

describe('research about countries', () => {
  it.each([
    ['capital', { type: 'string' }, 'Bern'],
    ['area_km2', { type: 'number' }, 41_284],
    ['areaInSquareMiles', { type: 'integer' }, 15_940],
    ['languages', { type: 'array', items: { type: 'string' } }, ['French', 'Swiss German', 'Italian', 'Romansh']],
    ['official_languages', { type: 'string' }, 'French, Swiss German, Italian, Romansh'],
    ['number_of_languages', { type: 'integer' }, 4],
    [
      'neighbours',
      { type: 'array', items: { type: 'string' } },
      ['Austria', 'France', 'Italy', 'Liechtenstein', 'Germany'],
    ],
    ['bordering_countries_count', { type: 'integer' }, 5],
    ['currency', { type: 'string' }, 'Swiss franc'],
    ['currency_code', { type: 'string' }, 'CHF'],
    ['region', { type: 'string' }, 'Europe'],
    ['subregion', { type: 'string' }, 'Western Europe'],
    ['continent', { type: 'string', enum: ['africa', 'europe', 'asia'] }, 'europe'],
    ['calling_code', { type: ['string', 'null'] }, '+41'],
    ['tld', { type: 'string' }, '.ch'],
    ['is_landlocked', { type: 'boolean' }, true],
    ['flag', { type: 'string' }, '🇨🇭'],
    ['seat', { type: 'string', description: 'The capital of the country' }, 'Bern'],
  ])('knows %s', (name, field, value) => {
    const output = research(assignment({ spec: schema({ [name]: field }) }));
    expect(output.content).toEqual({ [name]: value });
    expect(output.basis).toEqual([
      expect.objectContaining({
        field: name,
        confidence: 'high',
        citations: [expect.objectContaining({ url: 'https://github.com/mledoze/countries' })],
      }),
    ]);
  });

  it.each([
    ['country_name', 'Kenya'],
    ['code', 'KE'],
    ['cca3', 'KEN'],
    ['name', 'republic of kenya'],
  ])('recognises a country by %s', (key, value) => expect(countryOf({ [key]: value })?.cca2).toBe('KE'));

  it('recognises a country in a question, and none when there are two', () => {
    expect(countryOf('What is the capital of South Sudan?')?.cca2).toBe('SS');
    expect(countryOf('Trade between France and Kenya')).toBeUndefined();
  });

  it('invents what the data set does not know, and says so', () => {
    const output = research(
      assignment({ spec: schema({ population: { type: 'integer' }, motto: { type: 'string' } }) }),
    );
    expect(output.content).toMatchObject({
      population: expect.any(Number),
      motto: expect.stringContaining('(synthetic)'),
    });
    for (const basis of output.basis) {
      expect(basis.reasoning).toContain('Synthetic');
      expect(basis.citations[0]?.title).toBe('synthetic (emulator)');
    }
  });
});

describe('the forms of an answer', () => {
  it('is Markdown for a text spec, with one basis entry', () => {
    const spec = { output_schema: { type: 'text' as const, description: 'capital and currency' } };
    const output = research(assignment({ spec }));
    expect(output).toMatchObject({ type: 'text', basis: [{ field: 'output' }] });
    expect(output.content).toContain('**Capital**: Bern');
    expect(output.content).not.toContain('Languages');
  });

  it('is an object with output when there is no spec', () => {
    const output = research(assignment({ input: 'Acme Corp' }));
    expect(output).toMatchObject({ type: 'json', output_schema: {}, basis: [{ field: 'output' }] });
    expect(output.content).toEqual({ output: expect.stringContaining('(synthetic)') });
  });

  it('is structured without a spec from pro up', () => {
    const output = research(assignment({ processor: 'pro', input: 'Acme Corp' }));
    expect(output.content).toMatchObject({ title: expect.any(String), key_findings: expect.any(Array) });
    expect(output).toMatchObject({ output_schema: { type: 'object' } });
  });

  it('has a basis entry per element when asked', () => {
    const spec = schema({ languages: { type: 'array', items: { type: 'string' } } });
    const fields = (elementBasis: boolean) =>
      research(assignment({ spec, elementBasis })).basis.map(({ field }) => field);
    expect(fields(false)).toEqual(['languages']);
    expect(fields(true)).toEqual(['languages', 'languages.0', 'languages.1', 'languages.2', 'languages.3']);
  });

  it('mixes confidences over many subjects', () => {
    const seen = new Set(
      Array.from({ length: 60 }, (_, i) => research(assignment({ input: `Company ${i}` })).basis[0]!.confidence),
    );
    expect([...seen].toSorted()).toEqual(['high', 'low', 'medium']);
  });
});

import { specFromFields } from './form-fields';

describe('the fields of a form', () => {
  it('become what JSON would have them be', () => {
    expect(
      specFromFields([
        ['output_type', 'json'],
        ['output_schema', '{"type": "object"}'],
        ['title', '2024'],
        ['ttl_days', '7'],
        ['max_cost_usd', '0.5'],
        ['enable_events', 'on'],
        ['metadata', ''],
      ]),
    ).toEqual({
      output_type: 'json',
      output_schema: { type: 'object' },
      title: '2024',
      ttl_days: 7,
      max_cost_usd: 0.5,
      enable_events: true,
    });
  });

  it('stay text where they are not what they should be, so that their own check explains', () => {
    expect(
      specFromFields([
        ['ttl_days', 'seven'],
        ['enable_events', 'maybe'],
      ]),
    ).toEqual({
      ttl_days: 'seven',
      enable_events: 'maybe',
    });
  });

  it('cannot name a prototype', () => {
    const spec = specFromFields([['__proto__', 'x']]);
    expect(Object.keys(spec)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(spec)).toBe(Object.prototype);
  });

  it('say which one is not JSON', () => {
    expect(() => specFromFields([['output_schema', '{']])).toThrow(
      expect.objectContaining({ code: 'malformed_body', details: { field: 'output_schema' } }),
    );
  });

  it('may be parts of a document, beside the rest of it', () => {
    expect(
      specFromFields([
        ['source_policy.include_domains', ' .gov\r\nexample.com, example.org '],
        ['source_policy.exclude_domains', '  '],
        ['source_policy.after_date', '2026-01-31'],
        ['advanced_settings.location', 'de'],
        ['advanced_settings', '{"depth": 2}'],
      ]),
    ).toEqual({
      source_policy: { include_domains: ['.gov', 'example.com', 'example.org'], after_date: '2026-01-31' },
      advanced_settings: { depth: 2, location: 'de' },
    });
    // Its own check says what it should be.
    expect(
      specFromFields([
        ['source_policy', '[]'],
        ['source_policy.after_date', '2026-01-31'],
      ]),
    ).toEqual({ source_policy: [] });
  });

  it('take labels as lines or as JSON', () => {
    expect(specFromFields([['metadata', 'team: research\n\n when = 10:30 \nempty:']])).toEqual({
      metadata: { team: 'research', when: '10:30', empty: '' },
    });
    expect(specFromFields([['metadata', ' {"n": 1}']])).toEqual({ metadata: { n: 1 } });
    for (const text of ['research', ': research', '__proto__: 1', '{"n":'])
      expect(() => specFromFields([['metadata', text]])).toThrow(
        expect.objectContaining({ code: 'malformed_body', details: { field: 'metadata' } }),
      );
  });
});

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
});

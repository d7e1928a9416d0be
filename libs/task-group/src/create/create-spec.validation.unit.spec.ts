import { MultitaskError } from '@multitask/contracts';
import { validateSpec } from './create-spec.validation';

const secret = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;

function refusal(body: unknown): MultitaskError {
  try {
    validateSpec(body);
  } catch (error) {
    if (MultitaskError.is(error)) return error;
    throw error;
  }
  throw new Error('the body was accepted');
}

describe('the fields of a create request', () => {
  it('are all taken', () => {
    const spec = {
      output_type: 'json',
      output_description: 'the capital',
      output_schema: { type: 'object', properties: { capital: { type: 'string' } } },
      processor: 'core',
      webhook_url: 'https://example.com/hook?x=1',
      webhook_secret: secret,
      input_schema: { type: 'object' },
      metadata: { team: 'blue', tries: 3, live: true },
      source_policy: { include_domains: ['example.com', '.gov'], after_date: '2024-02-29' },
      mcp_servers: [{ type: 'url', name: 'docs', url: 'https://mcp.example/mcp', headers: { a: 'b' } }],
      advanced_settings: { location: 'de', data_sources: { free: ['x'] } },
      enable_events: true,
      previous_interaction_id: 'trun_1',
      memory_scope_key: 'team-1',
      title: 'Capitals',
      ttl_days: 90,
      max_inputs: 10,
      max_cost_usd: 0,
    };
    expect(validateSpec({ inputs: [], ...spec })).toEqual(spec);
  });

  it.each([
    [{ output_shema: {} }, 'output_shema', /did you mean output_schema\?/],
    [{ outputSchema: {} }, 'outputSchema', /did you mean output_schema\?/],
    [{ model: 'core' }, 'model', /did you mean processor\?/],
    [{ callback: 1 }, 'callback', /^callback is not a known field\.$/],
    [{ source_policy: { domains: [] } }, 'source_policy.domains', /not a known field/],
    [
      { mcp_servers: [{ name: 'a', url: 'https://a.example', token: 'x' }] },
      'mcp_servers[0].token',
      /not a known field/,
    ],
  ])('refuse the unknown key in %j by its name', (body, field, message) => {
    const error = refusal({ output_type: 'text', ...body });
    expect(error).toMatchObject({ code: 'unknown_field', details: { field } });
    expect(error.message).toMatch(message);
  });

  it.each<[Record<string, unknown>, string]>([
    [{ output_type: 'xml' }, 'output_type must be "text", "json" or "auto".'],
    [{ output_type: 7 }, 'output_type must be "text", "json" or "auto".'],
    [{ output_schema: [] }, 'output_schema must be an object.'],
    [{ output_schema: '{}' }, 'output_schema must be an object.'],
    [{ output_description: '' }, 'output_description must not be empty.'],
    [{ processor: 5 }, 'processor must be a string.'],
    [{ webhook_url: 'ftp://example.com' }, 'webhook_url must be an http:// or https:// URL.'],
    [
      { webhook_secret: 'whsec_c2hvcnQ=' },
      'webhook_secret must be whsec_ followed by the Base64 of at least 24 bytes.',
    ],
    [{ webhook_secret: `whsec_${'A'.repeat(1_020)}` }, 'webhook_secret must be at most 1,024 characters.'],
    [{ metadata: { a_key_that_is_too_long: 1 } }, 'metadata has a key of more than 16 characters.'],
    [{ metadata: { a: [] } }, 'metadata.a must be a string of at most 512 characters, a number or a boolean.'],
    [{ metadata: { a: 'x'.repeat(513) } }, 'metadata.a must be at most 512 characters.'],
    [
      { source_policy: { include_domains: ['https://example.com'] } },
      'source_policy.include_domains[0] must be a plain domain',
    ],
    [{ source_policy: { after_date: '2023-02-29' } }, 'source_policy.after_date must be a date such as 2026-01-31.'],
    [
      { source_policy: { exclude_domains: Array.from({ length: 201 }, (_, i) => `d${i}.example`) } },
      'source_policy must name at most 200 domains over both lists.',
    ],
    [
      { mcp_servers: Array.from({ length: 11 }, (_, i) => ({ name: `s${i}`, url: 'https://a.example' })) },
      'mcp_servers must be at most 10 servers.',
    ],
    [
      { mcp_servers: [{ name: 'a', url: 'https://a.example', headers: { x: 'a\r\nb: c' } }] },
      'mcp_servers[0].headers.x must not hold line breaks.',
    ],
    [{ advanced_settings: { location: 'Germany' } }, 'advanced_settings.location must be a two-letter country code.'],
    [{ enable_events: 'yes' }, 'enable_events must be true or false.'],
    [{ memory_scope_key: 'a b' }, 'memory_scope_key must be 1 to 128 letters, digits, _ or -.'],
    [{ ttl_days: 0 }, 'ttl_days must be at least 1.'],
    [{ ttl_days: 91 }, 'ttl_days must be at most 90.'],
    [{ ttl_days: 1.5 }, 'ttl_days must be a whole number.'],
    [{ ttl_days: '3' }, 'ttl_days must be a whole number.'],
    [{ max_inputs: 0 }, 'max_inputs must be at least 1.'],
    [{ max_cost_usd: -1 }, 'max_cost_usd must not be negative.'],
    [{ max_cost_usd: 'much' }, 'max_cost_usd must be a number.'],
  ])('refuse %.80j', (body, message) => {
    const error = refusal(body);
    expect(error.code).toBe('invalid_field');
    expect(error.message).toContain(message);
    expect(error.details.field).toBe(message.split(' ')[0]);
  });

  it('are looked at in vain only so often', () => {
    const many = Object.fromEntries(Array.from({ length: 300_000 }, (_, i) => [`unknown_${i}`, 1]));
    expect(refusal(many).details.errors).toHaveLength(20);
    expect(
      refusal({ metadata: Object.fromEntries(Array.from({ length: 300_000 }, (_, i) => [`k${i}`, 1])) }),
    ).toMatchObject({
      code: 'too_large',
    });
  });

  it('are told all at once', () => {
    expect(refusal({ ttl_days: 0, max_inputs: 0 }).details.errors).toEqual([
      { field: 'ttl_days', message: 'must be at least 1' },
      { field: 'max_inputs', message: 'must be at least 1' },
    ]);
  });

  it.each([[null], [[]], ['text'], [7]])('must come in an object, not %j', (body) => {
    expect(refusal(body).code).toBe('malformed_body');
  });
});

import type { CreateSpec } from '@multitask/contracts';
import { checkSpec, composeSpec, reviewSpec } from './group-spec.composition';

const resolved = { output: { type: 'text' as const }, processor: 'core' };

describe('the specification everybody may read', () => {
  it('holds everything but secrets', () => {
    const spec: CreateSpec = {
      output_type: 'text',
      output_description: 'a story',
      webhook_url: 'https://hooks.example/secret-path',
      webhook_secret: 'whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0',
      mcp_servers: [
        {
          name: 'docs',
          url: 'https://user:pass@mcp.example:8443/s/path-canary/mcp?token=abc#x',
          headers: { authorization: 'Bearer abc' },
        },
      ],
      max_cost_usd: 5,
    };
    const composed = composeSpec(spec, resolved);
    expect(composed).toEqual({
      processor: 'core',
      output: { type: 'text' },
      output_description: 'a story',
      mcp_servers: [{ name: 'docs', url: 'https://mcp.example:8443…' }],
      ttl_days: 30,
    });
    expect(JSON.stringify(composed)).not.toMatch(/secret|abc|pass|canary/);
  });

  it('has the caller’s title before the suggested one', () => {
    expect(composeSpec({ title: 'mine' }, { ...resolved, title: 'theirs' }).title).toBe('mine');
    expect(composeSpec({}, { ...resolved, title: 'theirs' }).title).toBe('theirs');
  });

  it('warns of a processor nobody knows, and passes it on', () => {
    const spec = composeSpec({}, { ...resolved, processor: 'mega9' });
    expect(spec.processor).toBe('mega9');
    expect(reviewSpec(spec)).toEqual([expect.objectContaining({ code: 'unknown_processor', field: 'processor' })]);
  });

  it('warns that of two domain lists only one counts', () => {
    const policy = { include_domains: ['a.example'], exclude_domains: ['b.example'] };
    expect(reviewSpec(composeSpec({ source_policy: policy }, resolved))).toEqual([
      expect.objectContaining({ code: 'source_policy' }),
    ]);
  });

  it('is refused when larger than the upstream takes', () => {
    const output = { type: 'text' as const, description: 'x'.repeat(15_000) };
    expect(() => reviewSpec(composeSpec({}, { ...resolved, output }))).toThrow(
      expect.objectContaining({ code: 'invalid_schema' }),
    );
  });
});

describe('MCP servers', () => {
  it.each([
    [true, 'x', 100_000],
    [false, 'x', 210_000],
    [false, 'ä', 105_000],
  ])('fit into one sealed secret: %s of %j × %i', (fits, letter, length) => {
    const check = () =>
      checkSpec({ mcp_servers: [{ name: 'a', url: 'https://a.example', headers: { x: letter.repeat(length) } }] });
    if (fits) check();
    else
      expect(check).toThrow(
        expect.objectContaining({
          code: 'invalid_field',
          details: expect.objectContaining({ field: 'mcp_servers' }),
        }),
      );
  });
});

describe('fields that only make sense together', () => {
  it.each<[CreateSpec, string]>([
    [{ webhook_secret: 'whsec_x' }, 'webhook_secret'],
    [
      {
        mcp_servers: [
          { name: 'a', url: 'https://a.example' },
          { name: 'a', url: 'https://b.example' },
        ],
      },
      'mcp_servers[1].name',
    ],
    [{ input_schema: { type: 'objekt' } }, 'input_schema.type'],
  ])('%j', (spec, field) => {
    expect(() => checkSpec(spec)).toThrow(expect.objectContaining({ details: expect.objectContaining({ field }) }));
  });
});

import fc from 'fast-check';
import { Concealment, secretsOf } from './concealment';

describe('what the upstream says', () => {
  it('is told without the key, however it is written', () => {
    const key = fc.string({ unit: fc.constantFrom(...'abcXYZ019-_/+="\\&%'), minLength: 12, maxLength: 60 });
    fc.assert(
      fc.property(key, fc.string(), fc.string(), (secret, before, after) => {
        const whole = `${before}${secret}${after}`;
        const concealment = new Concealment(secret);
        const core = Buffer.from(secret).toString('hex');
        expect(concealment.of(whole)).not.toContain(secret);
        expect(concealment.of(Buffer.from(whole).toString('hex'))).not.toContain(core);
        for (const encoding of ['base64', 'base64url'] as const) {
          const told = concealment.of(Buffer.from(whole).toString(encoding));
          expect(Buffer.from(told.replaceAll('[key]', ''), encoding).toString()).not.toContain(secret);
        }
        expect(concealment.of(JSON.stringify(whole))).not.toContain(JSON.stringify(secret).slice(1, -1));
      }),
    );
  });

  it('stays as it is otherwise, and short words are no secrets', () => {
    expect(new Concealment('a-long-key', ['key', 'a-long-secret']).of('the key is refused')).toBe('the key is refused');
  });

  it('is told without headers and URLs of MCP servers', () => {
    const mcp_servers = [
      {
        url: 'https://me:pass-word-1@mcp.example/v1/path-token-2?k=query-token-3',
        headers: { a: 'Bearer head-token-4' },
      },
    ];
    const secrets = secretsOf([{ input: 'a', mcp_servers }, { input: 'b', mcp_servers }, {}]);
    const told = new Concealment('another-key', secrets).of(JSON.stringify(mcp_servers));
    expect(told).not.toMatch(/pass-word-1|path-token-2|query-token-3|head-token-4/);
    expect(told).toContain('mcp.example/v1/');
  });
});

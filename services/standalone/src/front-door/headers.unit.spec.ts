import { endToEnd, withForwarding } from './headers';

describe('headers through the front door', () => {
  it('leaves out what belongs to the connection, and what the connection header names', () => {
    const raw = [
      'Host',
      'here',
      'Connection',
      'keep-alive, X-Private',
      'X-Private',
      '1',
      'TE',
      'trailers',
      'Accept',
      'a',
      'Accept',
      'b',
    ];
    expect(endToEnd(raw)).toEqual(['Host', 'here', 'Accept', 'a', 'Accept', 'b']);
  });

  const forwardedBy = (address: string, raw: string[]) => {
    const lines = withForwarding(raw, { address, host: 'localhost:8080' });
    return Object.fromEntries(lines.flatMap((name, i) => (i % 2 ? [] : [[name, lines[i + 1]]])));
  };

  it('tells the service who asked, and for which host', () => {
    expect(forwardedBy('192.0.2.7', [])).toEqual({
      'x-forwarded-for': '192.0.2.7',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'localhost:8080',
    });
  });

  const claims = ['X-Forwarded-For', '198.51.100.1', 'X-Forwarded-Proto', 'https', 'X-Forwarded-Host', 'tasks.example'];

  it('believes a proxy on this machine', () => {
    expect(forwardedBy('::ffff:127.0.0.1', claims)).toEqual({
      'x-forwarded-for': '198.51.100.1, ::ffff:127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'tasks.example',
    });
  });

  it('believes nobody else', () => {
    expect(forwardedBy('192.0.2.7', [...claims, 'Forwarded', 'for=1.2.3.4'])).toEqual({
      'x-forwarded-for': '192.0.2.7',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'localhost:8080',
    });
  });
});

import type { IncomingHttpHeaders } from 'node:http';
import { presentedKey, requiredKey } from './api-key';
import { answerFormat, preferredWait } from './preferences';
import { RateLimiter } from './rate.limiter';

describe('the key of a request', () => {
  it.each<[IncomingHttpHeaders, string, string | undefined]>([
    [{ 'x-api-key': ' k1 ' }, '', 'k1'],
    [{ authorization: 'Bearer k2' }, '', 'k2'],
    [{ authorization: 'bearer   k2' }, '', 'k2'],
    [{}, 'apiKey=k3', 'k3'],
    [{ 'x-api-key': 'k1', authorization: 'Bearer k2' }, 'apiKey=k3', 'k1'],
    [{ authorization: 'Basic abc' }, '', undefined],
    [{ 'x-api-key': '' }, '', undefined],
  ])('in %j and ?%s is %s', (headers, query, key) => {
    expect(presentedKey(headers, new URLSearchParams(query))).toBe(key);
  });

  it.each(['with space', 'ümlaut', 'x'.repeat(513)])('may not be %.20j', (key) => {
    expect(() => presentedKey({ 'x-api-key': key }, new URLSearchParams())).toThrow(
      expect.objectContaining({ code: 'key_refused' }),
    );
  });

  it('is needed, except by the emulator', () => {
    expect(requiredKey('k', 'parallel')).toBe('k');
    expect(requiredKey(undefined, 'emulator')).toBe('emulator');
    for (const upstream of ['parallel', 'custom'] as const)
      expect(() => requiredKey(undefined, upstream)).toThrow(expect.objectContaining({ code: 'key_missing' }));
  });
});

describe('the wanted format', () => {
  it.each([
    [undefined, 'text'],
    ['*/*', 'text'],
    ['text/plain', 'text'],
    ['text/*', 'text'],
    ['application/json', 'json'],
    ['application/*', 'json'],
    ['application/json;q=0.1, text/plain;q=0.9', 'text'],
    ['text/plain;q=0.1, application/json', 'json'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'html'],
    ['image/png', 'text'],
    ['application/json;q=nonsense, constructor', 'text'],
    [`${'a/b,'.repeat(10_000)}application/json`, 'text'],
  ])('of Accept %.40j is %s', (accept, format) => {
    expect(answerFormat(accept)).toBe(format);
  });

  it.each([
    ['wait=10', 10],
    ['respond-async, wait=10', 10],
    ['wait = "3"', 3],
    ['wait=500', 50],
    ['wait=0', 0],
    ['await=10', undefined],
    ['wait', undefined],
    [undefined, undefined],
  ])('of Prefer %j is to wait %s seconds', (prefer, seconds) => {
    expect(preferredWait(prefer)).toBe(seconds);
  });
});

describe('the limit of requests', () => {
  it('counts each caller for itself, a minute long', () => {
    let now = 0;
    const limiter = new RateLimiter(2, () => now);
    expect(limiter.take('a')).toEqual({ limit: 2, remaining: 1, resetSeconds: 60, exceeded: false });
    now = 20_000;
    expect(limiter.take('a')).toMatchObject({ remaining: 0, resetSeconds: 40, exceeded: false });
    expect(limiter.take('a')).toMatchObject({ remaining: 0, exceeded: true });
    expect(limiter.take('b')).toMatchObject({ remaining: 1, exceeded: false });
    now = 60_000;
    expect(limiter.take('a')).toMatchObject({ remaining: 1, resetSeconds: 60, exceeded: false });
  });

  it('remembers no more than 50,000 callers', () => {
    const limiter = new RateLimiter(1, () => 0);
    for (let i = 0; i < 60_000; i++) limiter.take(String(i));
    expect((limiter as unknown as { windows: Map<string, object> }).windows.size).toBe(50_000);
  });
});

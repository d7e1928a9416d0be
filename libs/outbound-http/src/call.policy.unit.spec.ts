import { MultitaskError } from '@multitask/contracts';
import { assertCallable, shownUrl } from './call.policy';
import { outboundSettings } from './settings';

const strict = { allowPrivate: false, allow: [] };

describe('assertCallable', () => {
  it.each([
    'https://example.com/hook?key=1',
    'http://example.com:8080/',
    'https://user:pass@example.com/',
    'http://1.1.1.1/',
  ])('takes %s', (url) => expect(() => assertCallable(url, strict, 'webhook_url')).not.toThrow());

  it('names the field and what is wrong, never the URL', () => {
    const url = 'http://user:canary@10.0.0.1/canary?canary';
    let thrown: unknown;
    try {
      assertCallable(url, strict, 'webhook_url');
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(MultitaskError);
    expect(thrown).toMatchObject({
      code: 'url_not_allowed',
      message: 'webhook_url cannot be used: this address is not on the public internet.',
      details: { field: 'webhook_url' },
    });
  });

  it('takes exactly the host and port the operator listed', () => {
    const listed = { allowPrivate: false, allow: ['127.0.0.1:8099', '[::1]:8099', 'receiver:80'] };
    for (const url of ['http://127.0.0.1:8099/x', 'http://2130706433:8099/', 'http://[::1]:8099/', 'http://receiver/'])
      expect(() => assertCallable(url, listed, 'inputs')).not.toThrow();
    for (const url of ['http://127.0.0.1:8098/', 'http://127.0.0.2:8099/', 'https://receiver/'])
      expect(() => assertCallable(url, listed, 'inputs')).toThrow(MultitaskError);
  });

  it('takes private addresses and local names where they are allowed, but no blocked port', () => {
    const lenient = { allowPrivate: true, allow: [] };
    for (const url of ['http://127.0.0.1:8099/', 'http://localhost:8099/', 'http://receiver:8099/'])
      expect(() => assertCallable(url, lenient, 'inputs')).not.toThrow();
    for (const url of ['http://127.0.0.1:6379/', 'http://169.254.169.254/', 'file:///etc/passwd'])
      expect(() => assertCallable(url, lenient, 'inputs')).toThrow(MultitaskError);
  });
});

describe('shownUrl', () => {
  it.each([
    ['https://user:canary@example.com:8443/canary?canary#canary', 'https://example.com:8443…'],
    ['http://example.com', 'http://example.com…'],
    ['canary', '…'],
  ])('shows scheme and host alone', (url, shown) => expect(shownUrl(url)).toBe(shown));
});

describe('outboundSettings', () => {
  it('allows nothing unless told', () => {
    expect(outboundSettings.parse({})).toEqual({ MULTITASK_ALLOW_PRIVATE_URLS: false, OUTBOUND_ALLOW: [] });
  });

  it('reads a list and refuses what is not host:port', () => {
    const read = (text: string) => outboundSettings.safeParse({ OUTBOUND_ALLOW: text });
    expect(read('127.0.0.1:80, Sink.example:443').data?.OUTBOUND_ALLOW).toEqual(['127.0.0.1:80', 'sink.example:443']);
    for (const text of ['http://a:80', 'a', '*:80', 'a:b']) expect(read(text).success).toBe(false);
  });
});

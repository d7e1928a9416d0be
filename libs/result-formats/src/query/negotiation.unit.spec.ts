import fc from 'fast-check';
import { formats, negotiate } from './negotiation';

const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';

describe('the format for an Accept header', () => {
  it.each<[string | undefined, string | undefined]>([
    [undefined, 'json'],
    ['', 'json'],
    ['*/*', 'json'],
    ['application/*', 'json'],
    ['text/*', 'html'],
    [browser, 'html'],
    ['text/markdown, text/html;q=0.9, */*;q=0.1', 'md'],
    ['text/event-stream', 'sse'],
    ['application/json, text/event-stream', 'json'],
    ['text/csv', 'csv'],
    ['application/x-ndjson', 'ndjson'],
    ['application/vnd.sqlite3', 'sqlite'],
    ['TEXT/HTML ; charset=utf-8', 'html'],
    ['application/json;q=0.2, text/markdown;q=0.3', 'md'],
    ['*/*;q=0.5, application/json;q=0', 'html'],
    ['text/*;q=0.9, text/html;q=0.1, text/markdown;q=0.2', 'sse'],
    ['application/json;q=2', undefined],
    ['image/png', undefined],
    ['*/*;q=0', undefined],
    [';;,,', undefined],
  ])('%j is %s', (accept, format) => {
    expect(negotiate(accept)).toBe(format);
  });

  it('is one of ours or none for any text, at once', () => {
    fc.assert(
      fc.property(fc.string(), (accept) => {
        expect([...formats, undefined]).toContain(negotiate(accept));
      }),
    );
    // The process's own time: a busy machine makes nothing quadratic.
    const before = process.cpuUsage();
    negotiate('text/html;q=0.1,'.repeat(50_000));
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(1_000);
  });
});

import { resolve } from 'node:path';
import { knownCodes, unmannerly } from './manners';

const codes = knownCodes(resolve(__dirname, '../..'));
const fine = {
  at: 1,
  of: 'create',
  status: 503,
  type: 'application/problem+json',
  retryAfter: '5',
  body: '{"code":"not_ready","detail":"A part of the service is away for the moment."}',
};

it('knows the codes of the page about errors', () => {
  expect(codes.has('not_ready') && codes.has('log_full')).toBe(true);
  expect(codes.size).toBeGreaterThan(25);
});

it('lets a problem pass, as JSON, page and Markdown', () => {
  expect(unmannerly(fine, codes)).toBeUndefined();
  const page = { ...fine, type: 'text/html; charset=utf-8', body: '<p class="about"><code>not_ready</code></p>' };
  expect(unmannerly(page, codes)).toBeUndefined();
  expect(unmannerly({ ...fine, type: 'text/markdown', body: '# 503\n\nCode: `not_ready`\n' }, codes)).toBeUndefined();
});

it.each([
  [{ body: '{"code":"not_ready","detail":"connect ECONNREFUSED 127.0.0.1:5432"}' }, /words of the inside/],
  [{ body: '{"code":"not_ready","detail":"Connection terminated unexpectedly"}' }, /words of the inside/],
  [{ body: '{"code":"oops"}' }, /none of docs\/errors\.md/],
  [{ type: 'application/json' }, /as application\/json/],
  [{ status: 500, body: '{"code":"internal"}' }, /nobody had foreseen it/],
  [{ retryAfter: null }, /without Retry-After/],
])('%j is unmannerly', (change, says) => expect(unmannerly({ ...fine, ...change }, codes)).toMatch(says));

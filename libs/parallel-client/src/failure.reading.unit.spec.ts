import { APIConnectionError, APIConnectionTimeoutError } from 'parallel-web';
import { readFailure, readRefusal, wasNeverSent } from './failure.reading';

const key = { reveal: () => 'canary-key' };
const read = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  readRefusal(status, body, (name) => headers[name] ?? null, key);

describe('a refusal', () => {
  it.each([
    [400, 'invalid'],
    [401, 'key_refused'],
    [402, 'credit'],
    [403, 'forbidden'],
    [404, 'not_found'],
    [408, 'timed_out'],
    [409, 'unavailable'],
    [413, 'invalid'],
    [418, 'unavailable'],
    [422, 'invalid'],
    [429, 'rate_limited'],
    [500, 'unavailable'],
    [503, 'unavailable'],
  ])('with %i is %s', (status, kind) => {
    expect(read(status, undefined)).toMatchObject({ kind, message: `Parallel answered ${status}.` });
  });

  it('speaks in the envelope, with or without its optional parts', () => {
    expect(read(403, { type: 'error', error: { ref_id: 'r', message: 'no' } }).message).toBe('no');
    expect(read(403, { error: { message: 'no' } }).message).toBe('no');
  });

  it('speaks in the validator’s form, which says where', () => {
    const body = { detail: [{ loc: ['body', 'inputs', 3, 'input'], msg: 'missing', type: 'missing' }] };
    expect(read(422, body)).toMatchObject({
      message: 'body.inputs.3.input: missing',
      details: { loc: ['body', 'inputs', 3, 'input'] },
    });
    expect(read(422, { error: { message: 'bad', detail: { errors: body.detail } } })).toMatchObject({
      message: 'bad',
      details: { loc: ['body', 'inputs', 3, 'input'] },
    });
  });

  it.each([[null], ['<html>'], [[]], [{ detail: 7 }], [{ error: { message: { a: 1 } } }], [{ detail: [null] }]])(
    'in no known form (%j) is readable all the same',
    (body) => {
      expect(read(422, body).message).toBe('Parallel answered 422.');
    },
  );

  it('never repeats the key, and is never long', () => {
    expect(read(401, { error: { message: 'bad key canary-key!' } }).message).toBe('bad key [key]!');
    expect(read(401, { error: { message: 'x'.repeat(10_000) } }).message).toHaveLength(500);
  });

  it.each([
    [{ 'retry-after': '7' }, 7],
    [{ 'retry-after-ms': '1500', 'retry-after': '7' }, 1.5],
    [{ 'retry-after': 'soon' }, undefined],
    [{}, undefined],
    [{ 'retry-after': new Date(Date.now() - 60_000).toUTCString() }, 0],
  ])('with the headers %j asks for a wait of %s', (headers, seconds) => {
    expect(read(429, undefined, headers as Record<string, string>).details.retryAfter).toBe(seconds);
  });
});

describe('a failure without an answer', () => {
  const failed = (code: string) =>
    new APIConnectionError({
      cause: Object.assign(new Error('fetch failed'), { cause: Object.assign(new Error(), { code }) }),
    });

  it('says nothing of the driver to a user', () => {
    expect(readFailure(failed('ECONNRESET'), key)).toMatchObject({
      kind: 'unavailable',
      message: 'Parallel could not be reached or did not answer in time.',
    });
  });

  it('was certainly not sent only when there was no connection', () => {
    expect(wasNeverSent(failed('ECONNREFUSED'))).toBe(true);
    expect(wasNeverSent(failed('ENOTFOUND'))).toBe(true);
    expect(wasNeverSent(failed('ECONNRESET'))).toBe(false);
    expect(wasNeverSent(failed('UND_ERR_SOCKET'))).toBe(false);
    expect(wasNeverSent(new APIConnectionTimeoutError())).toBe(false);
    expect(wasNeverSent(new Error('x'))).toBe(false);
  });
});

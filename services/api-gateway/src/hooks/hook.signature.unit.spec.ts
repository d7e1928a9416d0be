import { createHmac } from 'node:crypto';
import { isFresh, isSigned, type HookHeaders } from './hook.signature';

const secret = `whsec_${Buffer.from('twenty-four bytes or more').toString('base64')}`;
const key = Buffer.from(secret.slice(6), 'base64');
const sign = (body: string, by: Buffer | string = key, id = 'whevent_1', timestamp = '1700000000') =>
  `v1,${createHmac('sha256', by).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
const headers = (signature: string): HookHeaders => ({ id: 'whevent_1', timestamp: '1700000000', signature });

describe('the signature of an upstream webhook', () => {
  it('is taken by the bytes behind whsec_, by the whole text as older accounts have it, and among several', () => {
    expect(isSigned(headers(sign('{}')), '{}', secret)).toBe(true);
    expect(isSigned(headers(sign('{}', secret)), '{}', secret)).toBe(true);
    expect(isSigned(headers(`v1,AAAA ${sign('{}')}`), '{}', secret)).toBe(true);
    expect(isSigned(headers(sign('{}')), '{}', `whsec_bmV3 ${secret}`)).toBe(true);
  });

  it.each([
    ['another body', headers(sign('{"a":1}'))],
    ['another key', headers(sign('{}', 'guessed'))],
    ['another id', headers(sign('{}', key, 'whevent_2'))],
    ['another time', headers(sign('{}', key, 'whevent_1', '1700000001'))],
    ['another version', headers(sign('{}').replace('v1,', 'v2,'))],
    ['nothing', headers('')],
    ['no Base64', headers('v1,%%%')],
    ['a part of it', headers(sign('{}').slice(0, 20))],
    ['a place beyond the tenth', headers(`${'v1,AAAA '.repeat(10)}${sign('{}')}`)],
  ])('is refused for %s', (_what, given) => {
    expect(isSigned(given, '{}', secret)).toBe(false);
  });

  it('is never that of an empty secret', () => {
    expect(isSigned(headers(sign('{}', '')), '{}', ' whsec_ ')).toBe(false);
    expect(isSigned(headers(sign('{}', '')), '{}', '')).toBe(false);
  });

  it.each([
    ['1700000000', true],
    ['1699999700', true],
    ['1699999699', false],
    ['1700000301', false],
    ['soon', false],
    ['', false],
    ['-5', false],
    ['9999999999999999', false],
  ])('is fresh at 1700000000 with the timestamp %s: %s', (timestamp, fresh) => {
    expect(isFresh({ ...headers(''), timestamp }, 1_700_000_000_000)).toBe(fresh);
  });
});

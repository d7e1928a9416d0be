import type { IncomingHttpHeaders } from 'node:http';
import fc from 'fast-check';
import { parseSettings, type Environment } from '../config';
import { AddressList, networkOf } from './address-list';
import { CallerResolver } from './caller';
import { proxySettings, trustedProxies } from './trusted-proxies';

const request = (remoteAddress: string, headers: IncomingHttpHeaders = {}) => ({ headers, socket: { remoteAddress } });

describe('a list of addresses', () => {
  it('knows addresses and ranges of both families', () => {
    const list = new AddressList(['10.0.0.0/8', '192.0.2.7', 'fd00::/8', '::1']);
    for (const inside of ['10.1.2.3', '192.0.2.7', '::ffff:10.1.2.3', 'fd00::1', '::1'])
      expect(list.includes(inside)).toBe(true);
    for (const outside of ['11.0.0.1', '192.0.2.8', '::2', '', 'localhost']) expect(list.includes(outside)).toBe(false);
  });

  it('refuses what is no address', () => {
    expect(() => new AddressList(['proxy.example'])).toThrow(RangeError);
  });
});

describe('whom a limit is for', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002:ffff::', '2001:db8:1:2::/64'],
    ['2001:db8::6', '2001:db8:0:0::/64'],
    ['2001::a:b:c:d:e', '2001:0:0:a::/64'],
    ['::2:3:4:5:6:7', '0:0:2:3::/64'],
    ['64:ff9b::203.0.113.9', '64:ff9b:0:0::/64'],
    ['2001:db8::', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['', ''],
    ['unknown', 'unknown'],
  ])('%s is of %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });

  it('every address of one network has it, however it is written', () => {
    const group = fc.oneof(fc.constant(0), fc.nat({ max: 0xffff }));
    fc.assert(
      fc.property(fc.tuple(group, group, group, group, group, group, group, group), (groups) => {
        const whole = groups.map((number) => number.toString(16)).join(':');
        // As a URL writes it: the longest run of zeros is left out.
        const short = new URL(`http://[${whole}]`).hostname.slice(1, -1);
        const network = `${whole.split(':').slice(0, 4).join(':')}::/64`;
        expect(networkOf(whole)).toBe(network);
        expect(networkOf(short)).toBe(network);
      }),
    );
  });

  it('who takes one address after the other of its network has one share', () => {
    const resolver = new CallerResolver([], undefined);
    const networks = ['2001:db8:1:2::a', '2001:db8:1:2::b'].map((address) => resolver.networkOf(request(address)));
    expect(new Set(networks).size).toBe(1);
  });
});

describe('the caller', () => {
  const resolver = new CallerResolver(['10.0.0.0/8', '127.0.0.1'], undefined);

  it('is who connects, unless that is a proxy of ours', () => {
    expect(resolver.addressOf(request('203.0.113.9', { 'x-forwarded-for': '1.2.3.4' }))).toBe('203.0.113.9');
    expect(resolver.addressOf(request('10.0.0.1', { 'x-forwarded-for': '203.0.113.9' }))).toBe('203.0.113.9');
    expect(resolver.addressOf(request('::ffff:127.0.0.1'))).toBe('127.0.0.1');
  });

  it('is the nearest address that is no proxy: what stands before it, the client made up', () => {
    const headers = { 'x-forwarded-for': '127.0.0.1, 203.0.113.9, 10.0.0.2' };
    expect(resolver.addressOf(request('10.0.0.1', headers))).toBe('203.0.113.9');
    expect(resolver.isLocal(request('10.0.0.1', headers))).toBe(false);
  });

  it('is this machine only if nobody stands before it', () => {
    expect(resolver.isLocal(request('127.0.0.1'))).toBe(true);
    expect(resolver.isLocal(request('127.0.0.1', { 'x-forwarded-for': '203.0.113.9' }))).toBe(false);
    expect(resolver.isLocal(request('127.0.0.1', { 'x-forwarded-for': '127.0.0.1' }))).toBe(true);
  });

  describe('sees our origin', () => {
    const forwarded = { host: 'inner:80', 'x-forwarded-proto': 'https', 'x-forwarded-host': 'multitask.example' };

    it('as configured, whatever is asked', () => {
      const fixed = new CallerResolver([], 'https://public.example');
      expect(fixed.originOf(request('203.0.113.9', { host: 'evil.example' }))).toBe('https://public.example');
    });

    it('as a trusted proxy says, or as asked', () => {
      expect(resolver.originOf(request('10.0.0.1', forwarded))).toBe('https://multitask.example');
      expect(resolver.originOf(request('203.0.113.9', forwarded))).toBe('http://inner:80'.replace(':80', ''));
      expect(resolver.originOf(request('203.0.113.9', { host: '[::1]:8080' }))).toBe('http://[::1]:8080');
    });

    it.each(['evil.example/path', 'a@b', 'x y', '"><script>', 'a:99999999', '', 'a\\b'])('never as %j', (host) => {
      expect(resolver.originOf(request('203.0.113.9', { host }))).toBe('http://localhost');
    });
  });
});

describe('the proxies whose word counts', () => {
  const trusted = (env: Environment) => trustedProxies(parseSettings(proxySettings, env));

  it('are those that are set, and without a setting this machine where only it can connect', () => {
    expect(trusted({ TRUSTED_PROXIES: ' 10.0.0.0/8, ::1,' })).toEqual(['10.0.0.0/8', '::1']);
    expect(trusted({ HOST: '0.0.0.0', TRUSTED_PROXIES: '' })).toEqual([]);
    for (const HOST of ['', '127.0.0.1', '::1', 'localhost']) expect(trusted({ HOST })).toEqual(['127.0.0.0/8', '::1']);
  });
});

import fc from 'fast-check';
import { mayConnect } from './addresses';
import { forbiddenAddresses } from '@multitask/testing';

describe('mayConnect', () => {
  it.each(['1.1.1.1', '93.184.216.34', '::ffff:1.1.1.1', '2606:4700::1111', '2001:4860:4860::8888'])(
    'takes %s',
    (address) => {
      expect(mayConnect(address, false)).toBe(true);
    },
  );

  it.each(forbiddenAddresses)('refuses %s', (address) => {
    expect(mayConnect(address, false)).toBe(false);
  });

  it.each(['127.0.0.1', '10.0.0.1', '::1', 'fd00::8', '::ffff:127.0.0.1'])(
    'takes %s where private addresses are allowed',
    (address) => {
      expect(mayConnect(address, true)).toBe(true);
    },
  );

  it.each(['169.254.169.254', '::ffff:169.254.169.254', 'fd00:ec2::254', 'fe80::1', '0.0.0.0', '::', '224.0.0.1'])(
    'refuses %s even there',
    (address) => {
      expect(mayConnect(address, true)).toBe(false);
    },
  );

  it('says the same of an IPv4 address and of its form within IPv6', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.boolean(), (address, allowPrivate) => {
        expect(mayConnect(`::ffff:${address}`, allowPrivate)).toBe(mayConnect(address, allowPrivate));
      }),
    );
  });

  it('refuses every IPv6 address outside what is handed out', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const first = parseInt(address.split(':')[0] || '0', 16);
        fc.pre(first < 0x2000 || first > 0x3fff);
        fc.pre(!address.toLowerCase().startsWith('::ffff:') && !/^0+:0+:0+:0+:0+:ffff:/i.test(address));
        expect(mayConnect(address, false)).toBe(false);
      }),
    );
  });
});

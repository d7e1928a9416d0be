import { BlockList, isIP } from 'node:net';

/** Addresses and ranges such as `10.0.0.0/8` or `::1`; throws a RangeError for anything else. */
export class AddressList {
  private readonly list = new BlockList();

  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      const [address, bits] = entry.split('/');
      const family = familyOf(address ?? '');
      if (!address || !family) throw new RangeError(`${entry} is no address`);
      if (bits === undefined) this.list.addAddress(address, family);
      else this.list.addSubnet(address, Number(bits), family);
    }
  }

  includes(address: string): boolean {
    const plain = unmapped(address);
    const family = familyOf(plain);
    return family !== undefined && this.list.check(plain, family);
  }
}

/** An IPv4 address that arrived on an IPv6 socket, as itself. */
export const unmapped = (address: string): string =>
  /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(address) ? address.slice(7) : address;

const familyOf = (address: string): 'ipv4' | 'ipv6' | undefined =>
  (({ 4: 'ipv4', 6: 'ipv6' }) as const)[isIP(address) as 4 | 6];

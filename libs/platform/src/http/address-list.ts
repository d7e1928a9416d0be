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

/**
 * Whom limits for an address are for: an IPv4 address, or the /64 network of an IPv6 address, of which one customer has at least one
 * whole and may take any address. A text that is no address is itself.
 */
export function networkOf(address: string): string {
  const [plain = ''] = unmapped(address).split('%');
  if (familyOf(plain) !== 'ipv6') return plain;
  const [head, tail] = plain.split('::').map((part) => part.split(':').filter(Boolean)) as [string[], string[]?];
  // An IPv4 address at the end stands for two groups.
  const behind = (tail ?? []).reduce((count, group) => count + (group.includes('.') ? 2 : 1), 0);
  const left = Array<string>(tail ? 8 - head.length - behind : 0).fill('0');
  const first = [...head, ...left, ...(tail ?? [])].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${first.join(':')}::/64`;
}

const familyOf = (address: string): 'ipv4' | 'ipv6' | undefined =>
  (({ 4: 'ipv4', 6: 'ipv6' }) as const)[isIP(address) as 4 | 6];

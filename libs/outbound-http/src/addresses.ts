import { parse, parseCIDR, type IPv6 } from 'ipaddr.js';

/** All that is handed out for the public internet in IPv6; what is special within it has a range name of its own. */
const globalUnicast = parseCIDR('2000::/3') as [IPv6, number];

/**
 * Never called, even where private addresses are allowed: nobody runs a receiver there, but clouds serve their machines'
 * credentials at link-local addresses.
 */
const neverCalled: ReadonlySet<string> = new Set(['linkLocal', 'unspecified', 'broadcast', 'multicast']);

/** EC2's metadata service within the private range of IPv6. */
const metadataAddress = 'fd00:ec2::254';

/** Whether an IP address, in any spelling, may be connected to. IPv4 inside IPv6 counts as the IPv4 address. */
export function mayConnect(address: string, allowPrivate: boolean): boolean {
  const parsed = parseAddress(address);
  if (!parsed) return false;
  const range = parsed.range();
  if (allowPrivate) return !neverCalled.has(range) && parsed.toString() !== metadataAddress;
  if (range !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || (parsed as IPv6).match(globalUnicast);
}

function parseAddress(address: string) {
  try {
    const parsed = parse(inHexadecimal(address));
    if (parsed.kind() === 'ipv4') return parsed;
    const six = parsed as IPv6;
    return six.isIPv4MappedAddress() ? six.toIPv4Address() : six;
  } catch {
    return undefined;
  }
}

/** ipaddr.js takes the obsolete `::1.2.3.4` for the mapped `::ffff:1.2.3.4`; written in hexadecimal it cannot. */
const inHexadecimal = (address: string): string =>
  address.includes(':') && address.includes('.') ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;

/** They speak of one connection, not of the message (RFC 9110 §7.6.1); `expect` was answered by us already. */
const hopByHop = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const forwarded = new Set(['x-forwarded-for', 'x-forwarded-proto', 'x-forwarded-host', 'forwarded']);

/** Header lines as Node gives and takes them: name, value, name, value; repeated names stay apart. */
export type RawHeaders = readonly string[];

/** The lines that belong to the message itself, in their order. */
export function endToEnd(raw: RawHeaders): string[] {
  const dropped = new Set(hopByHop);
  for (const [name, value] of pairs(raw))
    if (name.toLowerCase() === 'connection')
      for (const option of value.split(',')) dropped.add(option.trim().toLowerCase());
  return pairs(raw).flatMap(([name, value]) => (dropped.has(name.toLowerCase()) ? [] : [name, value]));
}

export interface Peer {
  readonly address: string;
  /** As the client sent it. */
  readonly host: string | undefined;
}

/**
 * What the service sees of the client. Forwarding headers of a proxy on this machine are kept and extended;
 * anybody else could write what they like into them, so theirs are replaced.
 */
export function withForwarding(headers: readonly string[], peer: Peer): string[] {
  const local = isLoopback(peer.address);
  const kept = pairs(headers).filter(([name]) => !forwarded.has(name.toLowerCase()));
  const given = new Map(local ? pairs(headers).map(([name, value]) => [name.toLowerCase(), value]) : []);
  const earlier = given.get('x-forwarded-for');
  const host = given.get('x-forwarded-host') ?? peer.host;
  return [
    ...kept.flat(),
    ...['x-forwarded-for', earlier ? `${earlier}, ${peer.address}` : peer.address],
    ...['x-forwarded-proto', given.get('x-forwarded-proto') ?? 'http'],
    ...(host === undefined ? [] : ['x-forwarded-host', host]),
  ];
}

export function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}

function pairs(raw: RawHeaders): [string, string][] {
  return Array.from({ length: raw.length / 2 }, (_, i) => [raw[i * 2]!, raw[i * 2 + 1]!]);
}

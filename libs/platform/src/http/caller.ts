import type { IncomingHttpHeaders } from 'node:http';
import { AddressList, networkOf, unmapped } from './address-list';

export interface Request {
  readonly headers: IncomingHttpHeaders;
  readonly socket: { readonly remoteAddress?: string };
}

/** Where a request came from, and under which origin it reached us: what a trusted proxy says, else what we see. */
export class CallerResolver {
  private readonly trusted: AddressList;
  private readonly loopback = new AddressList(['127.0.0.0/8', '::1']);

  constructor(
    trustedProxies: readonly string[],
    private readonly publicOrigin: string | undefined,
  ) {
    this.trusted = new AddressList(trustedProxies);
  }

  /** The nearest address that is no proxy of ours. */
  addressOf(request: Request): string {
    const peer = unmapped(request.socket.remoteAddress ?? '');
    if (!this.trusted.includes(peer)) return peer;
    const hops = textOf(request.headers['x-forwarded-for'])
      .split(',')
      .map((hop) => unmapped(hop.trim()))
      .filter(Boolean);
    return hops.reverse().find((hop) => !this.trusted.includes(hop)) ?? hops.at(-1) ?? peer;
  }

  /** Whose share of a limit a request takes. */
  networkOf(request: Request): string {
    return networkOf(this.addressOf(request));
  }

  isLocal(request: Request): boolean {
    return this.loopback.includes(this.addressOf(request));
  }

  /** Origin of the URLs we hand out for this request. */
  originOf(request: Request): string {
    if (this.publicOrigin) return this.publicOrigin;
    const forwarded = this.trusted.includes(unmapped(request.socket.remoteAddress ?? ''));
    const proto = (forwarded && firstOf(request.headers['x-forwarded-proto'])) || 'http';
    const host = (forwarded && firstOf(request.headers['x-forwarded-host'])) || textOf(request.headers.host);
    return originFrom(proto, host) ?? 'http://localhost';
  }
}

/** A host header is the client's to write: only what is a plain origin becomes part of a URL of ours. */
function originFrom(proto: string, host: string): string | undefined {
  if (!/^https?$/.test(proto) || !/^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?$/i.test(host)) return undefined;
  try {
    return new URL(`${proto}://${host}`).origin;
  } catch {
    return undefined;
  }
}

const textOf = (header: string | string[] | undefined): string => [header ?? ''].flat().join(',');
const firstOf = (header: string | string[] | undefined): string => textOf(header).split(',', 1)[0]!.trim();

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

export interface GateOptions {
  /** The address the server listens on. */
  readonly host: string;
  readonly path: string;
  readonly authToken?: string;
  /** Names this server may be called by, beside its address and those of this machine. */
  readonly allowedHosts?: readonly string[];
  /** Origins whose pages may call, beside this server's own and, on a loopback address, those of this machine. */
  readonly allowedOrigins?: readonly string[];
}

export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Why a request is not let in, by its head alone; undefined when it is. */
export class Gate {
  private readonly token: Buffer | undefined;

  constructor(private readonly options: GateOptions) {
    // Of equal length whatever the caller sends, so that comparing takes the same time.
    if (options.authToken) this.token = digest(options.authToken);
  }

  refuse({ headers, method, url = '/' }: IncomingMessage): Refusal | undefined {
    const { path, allowedHosts = [], allowedOrigins = [] } = this.options;
    const host = nameOf(headers.host);
    // A page of a stranger reaches a local server under the stranger's name, or says where it comes from.
    if (!host || !(this.isOwn(host) || allowedHosts.includes(host)))
      return {
        status: 403,
        message: 'This server is not called by this name; allow it with PARALLEL_MCP_ALLOWED_HOSTS.',
      };
    const { origin } = headers;
    if (origin !== undefined && !allowedOrigins.includes(origin) && !this.isOwnOrigin(origin, headers.host!))
      return { status: 403, message: 'Pages of this origin may not call; allow it with PARALLEL_MCP_ALLOWED_ORIGINS.' };
    if (this.token && !this.isToken(headers.authorization))
      return { status: 401, message: 'A bearer token is needed.', headers: { 'WWW-Authenticate': 'Bearer' } };
    if (url.split('?', 1)[0] !== path) return { status: 404, message: `The endpoint is ${path}.` };
    if (method !== 'POST') return { status: 405, message: 'Only POST.', headers: { Allow: 'POST' } };
    return undefined;
  }

  private isToken(authorization: string | undefined): boolean {
    const [, given] = /^bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
    return given !== undefined && timingSafeEqual(digest(given), this.token!);
  }

  /** On all addresses, any address may be it; a name that is not of this machine may be a stranger's. */
  private isOwn(host: string): boolean {
    const isWildcard = this.options.host === '0.0.0.0' || this.options.host === '::';
    return isLoopback(host) || host === this.options.host.toLowerCase() || (isWildcard && isIP(host) > 0);
  }

  private isOwnOrigin(origin: string, host: string): boolean {
    const { hostname, host: where } = URL.parse(origin) ?? { hostname: '', host: '' };
    if (where !== '' && where === host.toLowerCase()) return true;
    return isLoopback(bare(hostname)) && isLoopback(this.options.host.toLowerCase());
  }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const bare = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, '$1');

/** A Host header's name without its port; undefined when it is none. */
function nameOf(host: string | undefined): string | undefined {
  const url = host === undefined ? null : URL.parse(`http://${host}`);
  return url && url.pathname === '/' && !url.username && !url.search ? bare(url.hostname) : undefined;
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);

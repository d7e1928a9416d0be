import { isIP } from 'node:net';
import { MultitaskError } from '@multitask/contracts';
import { mayConnect } from './addresses';

export interface CallPolicy {
  /** Loopback and private ranges may be called: for laptops and tests, never for a service with strangers. */
  readonly allowPrivate: boolean;
  /** `host:port` pairs that are always allowed, whatever they resolve to. */
  readonly allow: readonly string[];
}

/** Ports of services that would take an HTTP request for something else: the Fetch standard's list. */
const blockedPorts: ReadonlySet<number> = new Set([
  1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104, 109, 110,
  111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532,
  540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061,
  6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);

const localNames = /(^|\.)(localhost|local|internal|home\.arpa)$/;

const maxUrlLength = 2_048;

/** Host without brackets or final dot, and the port that will be dialled. */
export function destinationOf(url: URL): { host: string; port: number } {
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  return { host, port: Number(url.port || (url.protocol === 'https:' ? 443 : 80)) };
}

export const isListed = (policy: CallPolicy, host: string, port: number): boolean =>
  policy.allow.includes(`${host.includes(':') ? `[${host}]` : host}:${port}`);

/**
 * What can be said about a URL without asking anybody; the address behind a name is checked when it is connected to.
 * Undefined when it may be called, else a sentence for the user that does not repeat the URL.
 */
export function objectionTo(text: string, policy: CallPolicy): string | undefined {
  if (text.length > maxUrlLength) return `the URL is longer than ${maxUrlLength} characters`;
  const url = URL.parse(text);
  if (!url) return 'this is not a URL';
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'only http and https URLs are called';
  const { host, port } = destinationOf(url);
  if (isListed(policy, host, port)) return undefined;
  if (port === 0 || blockedPorts.has(port)) return `port ${port} is not called`;
  if (isIP(host))
    return mayConnect(host, policy.allowPrivate) ? undefined : 'this address is not on the public internet';
  const isLocal = !host.includes('.') || localNames.test(host);
  return isLocal && !policy.allowPrivate ? 'this name is not on the public internet' : undefined;
}

/** Throws `url_not_allowed` with the field's name for a URL that could never be called. */
export function assertCallable(text: string, policy: CallPolicy, field: string): void {
  const objection = objectionTo(text, policy);
  if (objection) throw new MultitaskError('url_not_allowed', `${field} cannot be used: ${objection}.`, { field });
}

/** All that may be shown of a user's URL: its path and query may hold a secret. */
export function shownUrl(text: string): string {
  const url = URL.parse(text);
  return url ? `${url.protocol}//${url.host}…` : '…';
}

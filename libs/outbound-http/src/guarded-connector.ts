import { lookup as lookupSystem, promises as dns, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { promisify } from 'node:util';
import { buildConnector } from 'undici';
import { mayConnect } from './addresses';
import { isListed, type CallPolicy } from './call.policy';
import { OutboundError } from './outbound.errors';

/** All addresses of a name. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

const connectTimeoutMs = 10_000;

/**
 * Connects only to addresses that were checked: the very list that passed is what the socket dials, so a name that answers
 * differently the next time gains nothing. One forbidden address among several refuses them all.
 */
export function guardedConnector(
  policy: CallPolicy,
  resolve?: Resolve,
  build: typeof buildConnector = buildConnector,
): buildConnector.connector {
  const connect = (lookup: LookupFunction) =>
    // HTTP/1.1 alone: one request a connection keeps limits simple, and nothing here needs more.
    build({ timeout: connectTimeoutMs, allowH2: false, autoSelectFamily: true, lookup });
  const asking = (host: string, port: number): LookupFunction => {
    return (_, options, done) => {
      checkedAddresses(host, port).then(
        (found) => (options.all ? done(null, found) : done(null, found[0]!.address, found[0]!.family)),
        (error: NodeJS.ErrnoException) => done(error, []),
      );
    };
  };

  async function checkedAddresses(host: string, port: number): Promise<LookupAddress[]> {
    const listed = isListed(policy, host, port);
    const ask = resolve ?? (listed || policy.allowPrivate ? resolveLikeTheSystem : resolveByDns);
    const found = [...(await ask(host))];
    if (found.length === 0) throw new OutboundError('unreachable', `${host} has no address.`);
    if (!listed && !found.every(({ address }) => mayConnect(address, policy.allowPrivate)))
      throw new OutboundError('not_allowed', `${host} is not on the public internet.`);
    return found;
  }

  return (options, done) => {
    const host = options.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
    const port = Number(options.port || (options.protocol === 'https:' ? 443 : 80));
    if (isIP(host) && !isListed(policy, host, port) && !mayConnect(host, policy.allowPrivate))
      return done(new OutboundError('not_allowed', `${host} is not on the public internet.`), null);
    connect(asking(host, port))(options, done);
  };
}

/** getaddrinfo also reads the hosts file; it runs in libuv's four threads, so only for hosts the operator named or allowed. */
const resolveLikeTheSystem: Resolve = (host) => promisify(lookupSystem)(host, { all: true, verbatim: true });

/** Straight DNS holds up no thread, however slowly a stranger's name servers answer. */
async function resolveByDns(host: string): Promise<LookupAddress[]> {
  const resolver = new dns.Resolver({ timeout: 2_000, tries: 2 });
  const [four, six] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  const found = [
    ...(four.status === 'fulfilled' ? four.value.map((address) => ({ address, family: 4 })) : []),
    ...(six.status === 'fulfilled' ? six.value.map((address) => ({ address, family: 6 })) : []),
  ];
  if (found.length === 0 && four.status === 'rejected') throw four.reason;
  return found;
}

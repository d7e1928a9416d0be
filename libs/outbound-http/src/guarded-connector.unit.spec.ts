import type { LookupAddress } from 'node:dns';
import type { LookupFunction } from 'node:net';
import type { buildConnector } from 'undici';
import { guardedConnector } from './guarded-connector';
import { OutboundError } from './outbound.errors';

type Dialled = { error: unknown; addresses: unknown };

/** Stands for the socket: asks for addresses as `net.connect` would, and reports what it would have dialled. */
function dialling(dialled: Dialled[]) {
  const build = (options: { lookup?: LookupFunction }) =>
    ((target: buildConnector.Options, done: buildConnector.Callback) =>
      options.lookup!(target.hostname, { all: true }, (error, addresses) => {
        dialled.push({ error, addresses });
        done(error ?? new Error('nothing is dialled here'), null);
      })) as buildConnector.connector;
  return build as unknown as typeof buildConnector;
}

const connectTo = (connector: buildConnector.connector, hostname: string) =>
  new Promise<unknown>((resolve) => {
    connector({ hostname, host: hostname, protocol: 'http:', port: '80' } as buildConnector.Options, (...[error]) =>
      resolve(error),
    );
  });

describe('guardedConnector', () => {
  it('dials the very addresses it checked, asking once a connection, and refuses the name once it turns private', async () => {
    const answers: LookupAddress[][] = [
      [{ address: '93.184.216.34', family: 4 }],
      [{ address: '127.0.0.1', family: 4 }],
    ];
    let asked = 0;
    const dialled: Dialled[] = [];
    const resolve = async () => answers[asked++]!;
    const connector = guardedConnector({ allowPrivate: false, allow: [] }, resolve, dialling(dialled));

    await connectTo(connector, 'rebind.example');
    expect(asked).toBe(1);
    expect(dialled[0]).toEqual({ error: null, addresses: answers[0] });

    const refused = await connectTo(connector, 'rebind.example');
    expect(refused).toBeInstanceOf(OutboundError);
    expect(refused).toMatchObject({ fault: 'not_allowed' });
    expect(asked).toBe(2);
  });

  it('refuses a name when only one of its addresses is private', async () => {
    const mixed = [
      { address: '93.184.216.34', family: 4 },
      { address: '10.0.0.1', family: 4 },
    ];
    const dialled: Dialled[] = [];
    const connector = guardedConnector({ allowPrivate: false, allow: [] }, async () => mixed, dialling(dialled));
    expect(await connectTo(connector, 'mixed.example')).toMatchObject({ fault: 'not_allowed' });
  });

  it('lets through what the operator listed, by name and port', async () => {
    const dialled: Dialled[] = [];
    const local = [{ address: '10.0.0.1', family: 4 }];
    const connector = guardedConnector(
      { allowPrivate: false, allow: ['sink.example:80'] },
      async () => local,
      dialling(dialled),
    );
    await connectTo(connector, 'sink.example');
    expect(dialled).toEqual([{ error: null, addresses: local }]);
    expect(await connectTo(connector, 'other.example')).toMatchObject({ fault: 'not_allowed' });
  });

  it('says so when a name has no address', async () => {
    const connector = guardedConnector({ allowPrivate: false, allow: [] }, async () => [], dialling([]));
    expect(await connectTo(connector, 'empty.example')).toMatchObject({ fault: 'unreachable' });
  });
});

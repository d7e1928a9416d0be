import { createServer, type AddressInfo } from 'node:net';

/**
 * Below the ports that systems give to connections going out (from 32,768 on with Linux, 49,152 elsewhere): one of those may be
 * taken by anybody's connection in the moment between looking and listening.
 */
const range = { from: 20_000, to: 32_000 };
const tries = 50;

/** Handed out or tried in this process: whoever got one may not listen on it yet. */
const given = new Set<number>();

/** A TCP port of this host that nobody listens on at this moment, and that this process has not handed out before. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let i = 0; i < tries; i++) {
    const port = range.from + Math.floor(Math.random() * (range.to - range.from));
    if (given.has(port)) continue;
    given.add(port);
    if ((await listened(port, host)) !== undefined) return port;
  }
  const port = await listened(0, host);
  if (port === undefined) throw new Error(`there is no free port on ${host}`);
  return port;
}

/** The port that was listened on for a moment; undefined when it is taken. */
async function listened(wanted: number, host: string): Promise<number | undefined> {
  const server = createServer();
  const isListening = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(wanted, host, () => resolve(true));
  });
  if (!isListening) return undefined;
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

import { freePort } from '@multitask/local-infrastructure';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startStandalone, type Standalone } from '../../e2e/standalone.process';
import { newCanary, type Canary, type Surface } from './search';
import { CoreTap } from './surfaces';

/** A part of a URL of ours that is served, as a receiver of webhooks and a server of inputs. */
export interface Outside {
  readonly host: string;
  readonly received: Surface[];
  close(): Promise<void>;
}

/** The product with every process at its debug level, everything it says kept, and somebody listening on its NATS. */
export class CanaryHouse {
  readonly canaries: Canary[] = [];
  readonly answers: Surface[] = [];

  private constructor(
    readonly product: Standalone,
    readonly natsUrl: string,
    readonly databaseUrl: string,
    readonly tap: CoreTap,
    readonly outside: Outside,
    readonly temporary: string,
    private readonly said: readonly string[],
  ) {}

  static async open(env: Record<string, string>, temporary: string): Promise<CanaryHouse> {
    // Postgres may run under an account of its own.
    await mkdir(temporary, { recursive: true, mode: 0o777 });
    const said: string[] = [];
    const outside = await openOutside();
    const product = await startStandalone({
      // Its files are looked through as well.
      ownStores: true,
      emulatorPort: await freePort(),
      args: ['--processes', '--allow-private-urls', '--emulator-speed', '2000'],
      env: { LOG_LEVEL: 'debug', LOG_FORMAT: 'json', TMPDIR: temporary, ...env },
      onOutput: (text) => said.push(text),
    }).catch(async (error: unknown) => {
      await outside.close();
      throw error;
    });
    const { NATS_URL, DATABASE_URL } = environmentFrom(
      await readFile(`/proc/${await pidOf(product.dataDir, 'projector')}/environ`, 'utf8'),
    );
    const tap = await CoreTap.open(NATS_URL!);
    return new CanaryHouse(product, NATS_URL!, DATABASE_URL!, tap, outside, temporary, said);
  }

  /** A new secret, looked for from now on. */
  secret(name: string): string {
    const canary = newCanary(name);
    this.canaries.push(canary);
    return canary.core;
  }

  /** Everything that any process wrote to its terminal. */
  get log(): Surface {
    return { name: 'output of all processes', data: this.said.join('') };
  }

  /** Sends a request and keeps the whole answer. Streams are read for as long as `streamMs`. */
  async send(
    name: string,
    path: string,
    init: RequestInit = {},
    streamMs = 60_000,
  ): Promise<{ status: number; text: string; headers: Headers }> {
    const url = path.startsWith('http') ? path : `${this.product.origin}${path}`;
    let text = '';
    const response = await fetch(url, { redirect: 'manual', ...init, signal: AbortSignal.timeout(streamMs) });
    try {
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? []) text += decoder.decode(chunk as Uint8Array, { stream: true });
    } catch {
      // A stream that goes on is left.
    }
    const headers = [...response.headers].map(([key, value]) => `${key}: ${value}`).join('\n');
    this.answers.push({ name: `answer to ${name}`, data: `${response.status}\n${headers}\n\n${text}` });
    return { status: response.status, text, headers: response.headers };
  }

  /** Webhook secrets of the product's own making: told once, in the answer they came in, and looked for everywhere else. */
  noteMadeSecrets(): number {
    const found = this.answers.flatMap((answer, at) => {
      const made = /^webhook-secret: whsec_(\S{43})=/m.exec(String(answer.data))?.[1];
      return made ? [{ at, made }] : [];
    });
    for (const { at } of found.toReversed()) this.answers.splice(at, 1);
    this.canaries.push(...found.map(({ made }) => ({ name: 'a webhook secret we made', core: made })));
    return found.length;
  }

  async pids(): Promise<Map<string, number>> {
    const names = (await readdir(join(this.product.dataDir, 'pids'))).map((file) => file.replace(/\.pid$/, ''));
    const entries = await Promise.all(
      names.map(async (name) => [name, await pidOf(this.product.dataDir, name)] as const),
    );
    return new Map([...entries, ['standalone', this.product.child.pid!]]);
  }

  /** What the operations port of each service tells. */
  async operations(): Promise<Surface[]> {
    const found: Surface[] = [];
    for (const [name, pid] of await this.pids()) {
      const port = environmentFrom(await readFile(`/proc/${pid}/environ`, 'utf8')).OPS_PORT;
      if (!port) continue;
      for (const path of ['metrics', 'livez', 'readyz', 'startupz']) {
        const answer = await fetch(`http://127.0.0.1:${port}/${path}`);
        found.push({ name: `${path} of ${name}`, data: await answer.text() });
      }
    }
    return found;
  }

  async close(): Promise<void> {
    await this.tap.close();
    await this.product.stop();
    await this.outside.close();
  }
}

export async function pidOf(dataDir: string, name: string): Promise<number> {
  return Number(await readFile(join(dataDir, 'pids', `${name}.pid`), 'utf8'));
}

const environmentFrom = (text: string): Record<string, string> =>
  Object.fromEntries(
    text.split('\0').map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );

/** Headers and body of what arrives are kept, its URL and credentials are not: they are the secrets, and belong there. */
async function openOutside(): Promise<Outside> {
  const received: Surface[] = [];
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const { authorization: _, ...headers } = request.headers;
      received.push({ name: `what ${request.method} brought outside`, data: `${JSON.stringify(headers)}\n${body}` });
      if (request.method === 'POST') return response.writeHead(204).end();
      if (request.url?.includes('page')) return response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
      if (request.url?.includes('rows')) return response.writeHead(200, { 'content-type': 'text/csv' }).end('a\n1\n2');
      return response.writeHead(404).end(`no ${request.url}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('latin1');
}

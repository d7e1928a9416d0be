import { mkdirSync, readFileSync, renameSync, rmdirSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { until } from '../waiting';
import type { Product } from './product.process';
import { isRunning } from './process.table';

/** A start that failed is tried again after 10 s at most; a store that recovers takes its time as well. */
const backTimeoutMs = 60_000;

export interface Outage {
  /** When it was hit, and when it answered again. */
  readonly at: number;
  readonly readyAt: number;
  readonly pid: number;
}

/** NATS or Postgres of a running product, which the product's own supervisor starts again whenever it dies. */
export class StoreServer {
  readonly #product: Product;
  readonly #name: 'nats' | 'postgres';

  constructor(product: Product, name: 'nats' | 'postgres') {
    this.#product = product;
    this.#name = name;
  }

  /** Sends a signal and keeps the server from starting for `awayMs`, and while `meanwhile` works; resolves when it answers again. */
  async away(signal: NodeJS.Signals, awayMs: number, meanwhile?: () => Promise<void>): Promise<Outage> {
    const pid = await this.#product.pidOf(this.#name);
    const configuration = configurationOf(pid);
    const at = Date.now();
    // Without its configuration the server does not start; the supervisor goes on trying.
    const release = awayMs > 0 ? hide(configuration) : () => undefined;
    try {
      process.kill(pid, signal);
      await until(`${this.#name} is gone`, () => !isRunning(pid), { timeoutMs: 30_000, everyMs: 5 });
      await meanwhile?.();
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, at + awayMs - Date.now())));
    } finally {
      release();
    }
    await until(`${this.#name} answers again`, () => this.answers(), { timeoutMs: backTimeoutMs, everyMs: 20 });
    return { at, readyAt: Date.now(), pid };
  }

  /** The folder that holds its data and its configuration. */
  async folder(): Promise<string> {
    return dirname(configurationOf(await this.#product.pidOf(this.#name)));
  }

  answers(): Promise<boolean> {
    return this.#name === 'nats' ? greets(this.#product.natsUrl) : selects(this.#product.databaseUrl);
  }
}

/** What the server's command line names after `--config` (NATS: a file) or `-D` (Postgres: the folder of its configuration). */
function configurationOf(pid: number): string {
  const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  const file = words[words.indexOf('--config') + 1];
  if (words.includes('--config') && file) return file;
  const folder = words[words.indexOf('-D') + 1];
  if (words.includes('-D') && folder) return join(folder, 'postgresql.conf');
  throw new Error(`process ${pid} names no configuration: ${words.join(' ')}`);
}

/** Puts a folder where the file is, so that it can be neither read nor written; answers how to put it back. */
function hide(file: string): () => void {
  const aside = `${file}.aside`;
  renameSync(file, aside);
  mkdirSync(file);
  return () => {
    rmdirSync(file);
    renameSync(aside, file);
  };
}

/** A server says `INFO {…"jetstream":true…}` to whoever connects once its streams are there. */
function greets(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) });
    const end = (answer: boolean) => (socket.destroy(), resolve(answer));
    socket.setTimeout(1_000, () => end(false));
    socket.on('error', () => end(false));
    socket.on('close', () => end(false));
    socket.on('data', (chunk) => end(/"jetstream":\s*true/.test(chunk.toString())));
  });
}

async function selects(url: string): Promise<boolean> {
  const client = new Client({
    connectionString: url,
    application_name: 'chaos-ledger',
    connectionTimeoutMillis: 1_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('select 1');
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

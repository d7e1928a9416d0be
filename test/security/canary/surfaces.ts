import { connect, type NatsConnection } from '@nats-io/transport-node';
import { DeliverPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Client } from 'pg';
import type { Surface } from './search';

/** Everything that passes over NATS from now on, requests and acknowledgements included. */
export class CoreTap {
  readonly heard: Surface[] = [];
  messages = 0;

  private constructor(private readonly connection: NatsConnection) {}

  static async open(url: string): Promise<CoreTap> {
    const connection = await connect({ servers: url, name: 'canary' });
    const tap = new CoreTap(connection);
    connection.subscribe('>', {
      callback: (_, message) => {
        tap.messages++;
        tap.heard.push({ name: `core NATS ${message.subject}`, data: textOf(message) });
      },
    });
    await connection.flush();
    return tap;
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}

interface Heard {
  readonly subject: string;
  readonly reply?: string;
  readonly headers?: { toString(): string };
  readonly data: Uint8Array;
}

const textOf = ({ subject, reply, headers, data }: Heard): string =>
  [subject, reply ?? '', String(headers ?? ''), Buffer.from(data).toString('latin1')].join('\n');

/** Every message of every stream, the key-value buckets among them. */
export async function jetStreamSurfaces(url: string): Promise<Surface[]> {
  const connection = await connect({ servers: url, name: 'canary' });
  try {
    const manager = await jetstreamManager(connection);
    const found: Surface[] = [];
    for await (const { config, state } of manager.streams.list()) {
      found.push({ name: `stream ${config.name} (settings)`, data: JSON.stringify(config) });
      if (state.messages === 0) continue;
      const consumer = await jetstream(connection).consumers.get(config.name, { deliver_policy: DeliverPolicy.All });
      for await (const message of await consumer.consume()) {
        found.push({ name: `stream ${config.name} ${message.subject}`, data: textOf(message) });
        if (message.info.pending === 0) break;
      }
    }
    return found;
  } finally {
    await connection.close();
  }
}

/** Every row of every table of every schema that is not Postgres' own, and what its statements look like. */
export async function postgresSurfaces(url: string, { vacuum }: { vacuum: boolean }): Promise<Surface[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    if (vacuum) await client.query('vacuum full');
    const { rows: tables } = await client.query<{ name: string }>(
      `select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema')`,
    );
    const when = vacuum ? ' after VACUUM' : '';
    const found: Surface[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(`select to_jsonb(t)::text as row from ${name} t`);
      found.push({ name: `table ${name}${when}`, data: rows.map(({ row }) => row).join('\n') });
    }
    const { rows: statements } = await client.query<{ query: string }>('select query from pg_stat_activity');
    found.push({ name: `statements${when}`, data: statements.map(({ query }) => query).join('\n') });
    // So that what tables hold is in their files, too.
    await client.query('checkpoint');
    return found;
  } finally {
    await client.end();
  }
}

export async function postgresFolder(url: string): Promise<string> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ data_directory: string }>('show data_directory');
    return rows[0]!.data_directory;
  } finally {
    await client.end();
  }
}

/** Every file below a folder, as bytes. Files that vanish while we read are none. */
export async function fileSurfaces(folder: string, skip: (path: string) => boolean, prefix = ''): Promise<Surface[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found: Surface[] = [];
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const name = prefix + relative(folder, path);
    if (!entry.isFile() || skip(name)) continue;
    const data = await readFile(path).catch(() => undefined);
    if (data) found.push({ name: `file ${name}`, data });
  }
  return found;
}

/** How processes were called, and with what environment. */
export async function processSurfaces(pids: ReadonlyMap<string, number>): Promise<Surface[]> {
  const found: Surface[] = [];
  for (const [name, pid] of pids)
    for (const kind of ['cmdline', 'environ'])
      found.push({ name: `${kind} of ${name}`, data: await readFile(`/proc/${pid}/${kind}`).catch(() => '') });
  return found;
}

// One server in a container, for as long as somebody holds this program's standard input open:
//   node container.mjs nats <data folder> <port> <sync interval>
//   node container.mjs postgres
// Prints one line of JSON, {"url": …}, once it answers. The line `kill` on its input kills the server, the end of its input stops it;
// either way the container is gone. So no run leaves one behind, however it ends, and no container has to watch over the others.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

process.env.TESTCONTAINERS_RYUK_DISABLED ??= 'true';
const { GenericContainer, Wait, getContainerRuntimeClient } = await import('testcontainers');
const [kind, ...settings] = process.argv.slice(2);

const starts = { nats: startNats, postgres: startPostgres };
const { container, url } = await starts[kind](...settings);
console.log(JSON.stringify({ url }));

for await (const line of createInterface({ input: process.stdin })) {
  if (line !== 'kill') continue;
  const { container: client } = await getContainerRuntimeClient();
  await client.getById(container.getId()).kill();
  break;
}
await container.stop();
process.exit();

/** Not the module for NATS: it always asks for a password, which our services do not have. */
async function startNats(folder, port, syncInterval) {
  // A port of its own choice, so that the server comes back where it was.
  const configuration = [
    'listen: 0.0.0.0:4222',
    'max_payload: 1MB',
    `jetstream { store_dir: /data/jetstream, sync_interval: ${JSON.stringify(syncInterval)} }\n`,
  ];
  await writeFile(join(folder, 'nats.conf'), configuration.join('\n'));
  const container = await new GenericContainer('nats:2-alpine')
    .withCommand(['--config', '/data/nats.conf'])
    .withBindMounts([{ source: folder, target: '/data' }])
    // What it writes must be ours to delete.
    .withUser(`${process.getuid()}:${process.getgid()}`)
    .withExposedPorts({ container: 4222, host: Number(port) })
    .withWaitStrategy(Wait.forLogMessage(/Server is ready/))
    .start();
  return { container, url: `nats://${container.getHost()}:${port}` };
}

async function startPostgres() {
  const { PostgreSqlContainer } = await import('@testcontainers/postgresql');
  const container = await new PostgreSqlContainer('postgres:17')
    .withCommand(['postgres', '-c', 'fsync=off', '-c', 'max_connections=300'])
    .start();
  return { container, url: container.getConnectionUri() };
}

import { connect, type NatsConnection } from '@nats-io/transport-node';
import { ConfigurationError, type Logger } from '@multitask/platform';

export interface NatsOptions {
  /** One or more `nats://host:port`, comma-separated. */
  readonly servers: string;
  /** Shown in the server's list of connections. */
  readonly name: string;
  readonly logger: Logger;
}

/** Older servers accept atomic batches, message TTLs and wildcard fences without a word and then ignore them. */
const oldestServer = [2, 12] as const;

/**
 * Connects and never gives up: neither at start, when the server may come up later, nor after an outage.
 * Rejects only for a server older than 2.12.
 */
export async function connectNats({ servers, name, logger }: NatsOptions): Promise<NatsConnection> {
  const connection = await connect({
    servers: servers.split(',').map((server) => server.trim()),
    name,
    maxReconnectAttempts: -1,
    waitOnFirstConnect: true,
    reconnectTimeWait: 250,
    reconnectJitter: 250,
    timeout: 5_000,
    // Two lost pings: a half-open connection is noticed within 20 s instead of four minutes.
    pingInterval: 10_000,
    maxPingOut: 2,
    ignoreClusterUpdates: false,
  });
  try {
    requireVersion(connection.info?.version);
  } catch (error) {
    await connection.close();
    throw error;
  }
  void logStatus(connection, logger);
  return connection;
}

export function requireVersion(version: string | undefined): void {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  if (major > oldestServer[0] || (major === oldestServer[0] && minor >= oldestServer[1])) return;
  throw new ConfigurationError(
    `The NATS server is version ${version ?? 'unknown'}; Multitask needs ${oldestServer.join('.')} or newer.`,
  );
}

/** Resolves when the server answers. */
export async function natsHealth(connection: NatsConnection): Promise<void> {
  if (connection.isClosed()) throw new Error('the connection to NATS is closed');
  await connection.rtt();
}

async function logStatus(connection: NatsConnection, logger: Logger): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === 'disconnect') logger.warn({ server: status.server }, 'lost the connection to NATS');
    else if (status.type === 'reconnect') logger.info({ server: status.server }, 'connected to NATS again');
    else if (status.type === 'error') logger.warn({ err: status.error }, 'NATS reported an error');
  }
}

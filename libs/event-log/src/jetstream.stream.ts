import { randomBytes } from 'node:crypto';
import {
  DiscardPolicy,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import { streamName, streamSubjects } from '@multitask/contracts';
import { ConfigurationError, type Logger } from '@multitask/platform';
import { errorCodes } from './jetstream.errors';

export interface StreamOptions {
  /** Copies on a cluster; 1 or an odd number up to 5. */
  readonly replicas: number;
  /** Bytes; see `logSettings`. */
  readonly maxBytes?: number | undefined;
  readonly logger: Logger;
}

const defaultMaxBytes = 8 * 1024 ** 3;
const smallestMaxBytes = 64 * 1024 ** 2;

/** What the log's promises stand on; a server that ignored one of them is refused. */
const required = {
  name: streamName,
  subjects: [streamSubjects],
  storage: StorageType.File,
  retention: RetentionPolicy.Limits,
  // A full log must refuse new facts, never eat old ones.
  discard: DiscardPolicy.New,
  max_age: 0,
  max_msgs: -1,
  max_msgs_per_subject: -1,
  allow_direct: true,
  allow_atomic: true,
  allow_msg_ttl: true,
} satisfies Partial<StreamConfig>;

/** Makes the stream when there is none, adapts what may change, and refuses to go on when an option was ignored. */
export async function ensureStream(manager: JetStreamManager, options: StreamOptions): Promise<StreamInfo> {
  let info = (await findStream(manager)) ?? (await createStream(manager, options));
  const wanted = {
    num_replicas: options.replicas,
    max_bytes: options.maxBytes ?? info.config.max_bytes,
  };
  if (info.config.num_replicas !== wanted.num_replicas || info.config.max_bytes !== wanted.max_bytes)
    info = await manager.streams.update(streamName, { ...info.config, ...wanted });
  verify(info.config);
  return info;
}

/** Gives the log a new name of its own: what was read of it before can no longer be gone on from. */
export async function renewIncarnation(manager: JetStreamManager): Promise<string> {
  const { config } = await manager.streams.info(streamName);
  const incarnation = newIncarnation();
  await manager.streams.update(streamName, { ...config, metadata: { ...config.metadata, incarnation } });
  return incarnation;
}

const newIncarnation = (): string => randomBytes(9).toString('base64url');

async function findStream(manager: JetStreamManager): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(streamName);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === errorCodes.streamNotFound) return undefined;
    throw error;
  }
}

async function createStream(manager: JetStreamManager, options: StreamOptions): Promise<StreamInfo> {
  for (let maxBytes = options.maxBytes ?? defaultMaxBytes; ; maxBytes = Math.floor(maxBytes / 2)) {
    try {
      return await manager.streams.add({
        ...required,
        num_replicas: options.replicas,
        max_bytes: maxBytes,
        duplicate_window: nanos(120_000),
        metadata: { incarnation: newIncarnation() },
      });
    } catch (error) {
      if (!(error instanceof JetStreamApiError)) throw error;
      // Another service was faster; its incarnation counts.
      if (error.code === errorCodes.streamNameInUse) return manager.streams.info(streamName);
      const tooLarge = error.code === errorCodes.storageResources || error.code === errorCodes.insufficientResources;
      if (!tooLarge || options.maxBytes !== undefined || maxBytes / 2 < smallestMaxBytes) throw error;
      options.logger.warn({ maxBytes }, 'the NATS server has less room than this for the log; trying half of it');
    }
  }
}

function verify(config: StreamConfig): void {
  const actual = config as unknown as Record<string, unknown>;
  const ignored = Object.entries(required).filter(
    ([option, value]) => JSON.stringify(actual[option]) !== JSON.stringify(value),
  );
  if (config.max_bytes <= 0) ignored.push(['max_bytes', 'a limit']);
  if (!config.metadata?.incarnation) ignored.push(['metadata.incarnation', 'a name']);
  if (ignored.length === 0) return;
  const list = ignored.map(([option, value]) => `${option} must be ${JSON.stringify(value)}`).join(', ');
  throw new ConfigurationError(`The stream ${streamName} on the NATS server cannot hold the log: ${list}.`);
}

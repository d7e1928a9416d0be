import type { Environment } from '@multitask/platform';
import type { DataFolder } from '../data-folder';
import type { Options } from '../options';
import type { Secrets } from '../secrets';
import { processName, type ServiceName } from './service-names';

/** Until the front door has seen for certain that a replica is leaving; it looks four times a second. */
const drainMs = 1_000;

export const parallelOrigin = 'https://api.parallel.ai';

export type UpstreamKind = 'emulator' | 'parallel' | 'custom';

export const upstreamKind = (upstream: string): UpstreamKind =>
  upstream === 'emulator' ? 'emulator' : upstream === 'parallel' || upstream === parallelOrigin ? 'parallel' : 'custom';

export interface EnvironmentSources {
  readonly env: Environment;
  readonly options: Options;
  readonly folder: DataFolder;
  readonly secrets: Secrets;
  readonly natsUrl: string;
  readonly databaseUrl: string;
  /** Where the emulator listens; unset when it is not the upstream. */
  readonly emulatorUrl?: string;
  /** `host:port` that outgoing requests may reach although it is on this machine. */
  readonly outboundAllow?: string;
}

/**
 * What one replica of a service gets to see. Settings of the user pass through, so that every setting of a service can be
 * given to a local start as well; the key in PARALLEL_API_KEY does not: it pays for the example and for nobody else.
 */
export function environmentOf(
  service: ServiceName,
  replica: number,
  sources: EnvironmentSources,
  ports: { port: number; opsPort: number },
): Environment {
  const { env, options, folder, secrets } = sources;
  const name = processName(service, replica);
  return {
    ...inherited(env),
    HOST: '127.0.0.1',
    PORT: String(ports.port),
    OPS_PORT: String(ports.opsPort),
    NATS_URL: sources.natsUrl,
    DATABASE_URL: sources.databaseUrl,
    UPSTREAM_KIND: upstreamKind(options.upstream),
    PARALLEL_BASE_URL: sources.emulatorUrl ?? (options.upstream === 'parallel' ? parallelOrigin : options.upstream),
    VAULT_MASTER_KEY: secrets.vaultMasterKey,
    OPERATOR_TOKEN: secrets.operatorToken,
    TRUSTED_PROXIES: env.TRUSTED_PROXIES || '127.0.0.1,::1',
    MULTITASK_ALLOW_PRIVATE_URLS: options.allowPrivateUrls ? '1' : '0',
    ...(sources.outboundAllow && { OUTBOUND_ALLOW: sources.outboundAllow }),
    SERVICE_INSTANCE: `${service}-${replica}`,
    // Without a fellow there is nobody to send requests to meanwhile.
    ...(hasFellows(service, options) && { DRAIN_MS: env.DRAIN_MS || String(drainMs) }),
    LOG_LEVEL: env.LOG_LEVEL || 'warn',
    LOG_FORMAT: env.LOG_FORMAT || (process.stderr.isTTY ? 'pretty' : 'json'),
    LOG_FILE: folder.logFile(name),
    EMULATOR_DATA_FILE: env.EMULATOR_DATA_FILE || folder.emulatorFile,
    EMULATOR_SPEED: String(options.emulatorSpeed),
    // The emulator has no quota unless it is switched on, and sixty times its speed makes short work of a batch.
    ...(sources.emulatorUrl && { PACE_RUNS_PER_MINUTE: env.PACE_RUNS_PER_MINUTE || '60000' }),
  };
}

const hasFellows = (service: ServiceName, { replicas }: Options): boolean =>
  service.endsWith('-gateway') && (replicas.get(service) ?? 1) > 1;

function inherited(env: Environment): Environment {
  const kept = Object.entries(env).filter(
    ([name]) =>
      name === 'MULTITASK_TEST_CLOCK' ||
      (name !== 'PARALLEL_API_KEY' && !name.startsWith('MULTITASK_') && !/^npm_/i.test(name)),
  );
  return Object.fromEntries(kept);
}

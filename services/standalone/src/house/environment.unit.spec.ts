import type { DataFolder } from '../data-folder';
import { parseOptions } from '../options';
import { environmentOf, upstreamKind } from './environment';
import { inspectFlag } from './inspect-flag';
import type { ServiceName } from './service-names';

const folder = {
  logFile: (name: string) => `/data/logs/${name}.log`,
  emulatorFile: '/data/emulator.sqlite',
} as DataFolder;

function environment(
  args: string[],
  env: Record<string, string>,
  emulatorUrl?: string,
  service: ServiceName = 'projector',
) {
  const options = parseOptions(args, env);
  const secrets = { vaultMasterKey: 'key', operatorToken: 'token' };
  const sources = { env, options, folder, secrets, natsUrl: 'nats://n', databaseUrl: 'postgres://d', emulatorUrl };
  return environmentOf(service, 2, sources, { port: 1, opsPort: 2 });
}

describe('what a service gets to see', () => {
  it('is where things are, who it is and where it logs', () => {
    expect(environment([], {}, 'http://127.0.0.1:9')).toMatchObject({
      NATS_URL: 'nats://n',
      DATABASE_URL: 'postgres://d',
      PORT: '1',
      OPS_PORT: '2',
      UPSTREAM_KIND: 'emulator',
      PARALLEL_BASE_URL: 'http://127.0.0.1:9',
      SERVICE_INSTANCE: 'projector-2',
      LOG_FILE: '/data/logs/projector.2.log',
      LOG_LEVEL: 'warn',
      TRUSTED_PROXIES: '127.0.0.1,::1',
      MULTITASK_ALLOW_PRIVATE_URLS: '0',
    });
  });

  it('never holds the key that pays for the example', () => {
    const seen = environment([], {
      PARALLEL_API_KEY: 'sk-secret',
      MULTITASK_UPSTREAM: 'https://u.example',
      npm_config_x: '1',
    });
    expect(JSON.stringify(seen)).not.toMatch(/sk-secret|MULTITASK_UPSTREAM|npm_config/);
    expect(seen).toMatchObject({ UPSTREAM_KIND: 'custom', PARALLEL_BASE_URL: 'https://u.example' });
  });

  it('passes settings of services on, and the test clock', () => {
    const seen = environment([], {
      PUBLIC_URL: 'https://tasks.example',
      MULTITASK_TEST_CLOCK: '/clock',
      RUNS_PER_MINUTE: '7',
    });
    expect(seen).toMatchObject({
      PUBLIC_URL: 'https://tasks.example',
      MULTITASK_TEST_CLOCK: '/clock',
      RUNS_PER_MINUTE: '7',
    });
  });

  it('gives the front door time to notice that a replica leaves, where another one takes its requests', () => {
    const drain = (args: string[], service: ServiceName, env = {}) =>
      environment(args, env, undefined, service).DRAIN_MS;
    expect(drain(['--replicas', '2'], 'api-gateway')).toBe('1000');
    expect(drain(['--replicas', '2'], 'api-gateway', { DRAIN_MS: '50' })).toBe('50');
    expect(drain(['--replicas', '2'], 'stream-ingestor')).toBeUndefined();
    expect(drain(['--replicas', 'notifier=2'], 'api-gateway')).toBeUndefined();
  });

  it.each([
    ['emulator', 'emulator'],
    ['parallel', 'parallel'],
    ['https://api.parallel.ai', 'parallel'],
    ['http://127.0.0.1:1', 'custom'],
  ])('upstream %s is of kind %s', (upstream, kind) => {
    expect(upstreamKind(upstream)).toBe(kind);
  });

  it('opens a debugger port on the first replica of one service only', () => {
    expect(inspectFlag('projector', 'projector', 1)).toEqual(['--inspect=127.0.0.1:9229']);
    expect(inspectFlag('projector:9300', 'projector', 1)).toEqual(['--inspect=127.0.0.1:9300']);
    expect(inspectFlag('projector', 'projector', 2)).toEqual([]);
    expect(inspectFlag('projector', 'notifier', 1)).toEqual([]);
    expect(inspectFlag(undefined, 'notifier', 1)).toEqual([]);
  });
});

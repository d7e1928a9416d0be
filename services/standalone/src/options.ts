import { parseArgs } from 'node:util';
import { serviceNames } from './house/service-names';

export interface Options {
  readonly help: boolean;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly dataDir: string;
  readonly reset: boolean;
  /** `emulator`, `parallel`, or the base URL of another upstream. */
  readonly upstream: string;
  readonly example: boolean;
  readonly exit: boolean;
  readonly processes: boolean;
  readonly replicas: ReadonlyMap<string, number>;
  /** 0 takes a free one. */
  readonly emulatorPort: number;
  readonly emulatorSpeed: number;
  readonly allowPrivateUrls: boolean;
}

/** An option cannot be understood; the message says which and what it takes. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

type Environment = Record<string, string | undefined>;

const maxReplicas = 20;

/** One line of `--help`; the environment twin of `--data-dir` is `MULTITASK_DATA_DIR`. */
interface OptionHelp {
  readonly value?: string;
  readonly help: string;
}

const optionHelp = {
  host: { value: 'address', help: 'where to listen (127.0.0.1)' },
  port: { value: 'port', help: 'the one port for everything (8080); 0 takes a free one' },
  'data-dir': { value: 'folder', help: 'where everything is kept (.multitask)' },
  reset: { help: 'delete what earlier starts kept there, then start' },
  upstream: {
    value: 'url',
    help: 'whose answers rows get: emulator, parallel or a base URL (emulator unless PARALLEL_API_KEY is set)',
  },
  'no-example': { help: 'do not run the example group' },
  exit: { help: 'stop after the example: 0 all rows completed, 2 some failed, 1 not finished' },
  processes: { help: 'each service in a process of its own, restarted when it dies; pid files in <data-dir>/pids' },
  replicas: {
    value: 'n | service=n',
    help: 'how many processes of each service, or of one; may be repeated; implies --processes',
  },
  'emulator-port': { value: 'port', help: 'port of the local emulator (a free one)' },
  'emulator-speed': { value: 'factor', help: 'how much faster than real the emulator answers (60)' },
  'allow-private-urls': { help: 'let webhooks and inputs URLs reach this machine and private networks' },
  help: { help: 'show this' },
} as const satisfies Record<string, OptionHelp>;

type OptionName = keyof typeof optionHelp;
const names = Object.keys(optionHelp) as OptionName[];
const takesValue = (name: OptionName) => 'value' in optionHelp[name];

/** Command line first, then the environment, then the default. */
export function parseOptions(args: readonly string[], env: Environment): Options {
  const given = read(args);
  const value = (name: OptionName): string | undefined => given.get(name) ?? fromEnvironment(name, env);
  const flag = (name: OptionName): boolean => isTrue(name, value(name));
  const replicas = parseReplicas(value('replicas'));
  return {
    help: flag('help'),
    host: value('host') ?? '127.0.0.1',
    port: number('port', value('port') ?? '8080', { max: 65_535, whole: true }),
    dataDir: value('data-dir') ?? '.multitask',
    reset: flag('reset'),
    upstream: parseUpstream(
      value('upstream') ?? env.PARALLEL_BASE_URL ?? (env.PARALLEL_API_KEY ? 'parallel' : 'emulator'),
    ),
    example: !flag('no-example'),
    exit: flag('exit'),
    processes: flag('processes') || replicas.size > 0,
    replicas,
    emulatorPort: number('emulator-port', value('emulator-port') ?? '0', { max: 65_535, whole: true }),
    emulatorSpeed: number('emulator-speed', value('emulator-speed') ?? '60', { above: 0, max: 100_000 }),
    allowPrivateUrls: flag('allow-private-urls'),
  };
}

export function helpText(): string {
  const left = (name: OptionName) =>
    `  --${name}${takesValue(name) ? ` <${(optionHelp[name] as OptionHelp).value}>` : ''}`;
  const width = Math.max(...names.map((name) => left(name).length)) + 2;
  return [
    'Multitask on this machine: npm start -- [options]',
    '',
    ...names.map((name) => left(name).padEnd(width) + optionHelp[name].help),
    '',
    'Each option has a twin in the environment: --data-dir is MULTITASK_DATA_DIR. Beside them:',
    '  PARALLEL_API_KEY   use the real Parallel API; pays for the example alone, at most $1',
    '  DATABASE_URL       a Postgres to use instead of our own',
    '  NATS_URL           a NATS server ≥ 2.12 to use instead of our own',
    '  PUBLIC_URL         the origin of the URLs handed out, when it is not the one of the request',
    '  OPERATOR_TOKEN     the operator’s bearer token (made once and kept otherwise)',
    '  LOG_LEVEL          what the terminal shows (warn); files in <data-dir>/logs have info and above',
  ].join('\n');
}

function read(args: readonly string[]): Map<OptionName, string> {
  const options = Object.fromEntries(
    names.map((name) => [
      name,
      takesValue(name) ? { type: 'string' as const, multiple: name === 'replicas' } : { type: 'boolean' as const },
    ]),
  );
  let values: Record<string, unknown>;
  try {
    ({ values } = parseArgs({ args: [...args], options, strict: true, allowPositionals: false }));
  } catch (error) {
    throw new OptionError(`${(error as Error).message.split('. To specify')[0]}. See npm start -- --help.`);
  }
  return new Map(Object.entries(values).map(([name, value]) => [name as OptionName, String(value)]));
}

const fromEnvironment = (name: OptionName, env: Environment) =>
  env[`MULTITASK_${name.toUpperCase().replaceAll('-', '_')}`] || undefined;

function isTrue(name: OptionName, value: string | undefined): boolean {
  const text = (value ?? 'false').toLowerCase();
  if (['1', 'true', 'yes', 'on'].includes(text)) return true;
  if (['0', 'false', 'no', 'off'].includes(text)) return false;
  throw new OptionError(`MULTITASK_${name.toUpperCase().replaceAll('-', '_')} takes 1 or 0, not "${value}".`);
}

function number(name: OptionName, value: string, limits: { above?: number; max: number; whole?: boolean }): number {
  const parsed = value.trim() === '' ? Number.NaN : Number(value);
  const inside = parsed <= limits.max && (limits.above === undefined ? parsed >= 0 : parsed > limits.above);
  if (inside && (!limits.whole || Number.isInteger(parsed))) return parsed;
  const kind = limits.whole ? 'whole number' : 'number';
  const low = limits.above === undefined ? 'from 0' : `above ${limits.above}`;
  throw new OptionError(`--${name} takes a ${kind} ${low} to ${limits.max}, not "${value}".`);
}

function parseUpstream(value: string): string {
  if (value === 'emulator' || value === 'parallel') return value;
  if (URL.canParse(value) && ['http:', 'https:'].includes(new URL(value).protocol))
    return withoutTrailingSlashes(value);
  throw new OptionError(`--upstream takes emulator, parallel or an http(s) URL, not "${value}".`);
}

function parseReplicas(value: string | undefined): Map<string, number> {
  const replicas = new Map<string, number>();
  for (const part of (value ?? '').split(',').filter(Boolean)) {
    const match = /^(?:([a-z-]+)=)?(\d+)$/.exec(part.trim());
    const count = Number(match?.[2]);
    if (!match || count < 1 || count > maxReplicas)
      throw new OptionError(
        `--replicas takes <1 to ${maxReplicas}> or <service>=<1 to ${maxReplicas}>, such as results-gateway=2, not "${part}".`,
      );
    for (const name of match[1] === undefined ? serviceNames : [match[1]]) replicas.set(name, count);
  }
  return replicas;
}

/** By hand: as an expression, a long row of slashes is tried from each of its places. */
export function withoutTrailingSlashes(url: string): string {
  let end = url.length;
  while (url[end - 1] === '/') end--;
  return url.slice(0, end);
}

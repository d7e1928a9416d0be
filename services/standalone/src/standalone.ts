import type { Environment, Logger } from '@multitask/platform';
import { migrateToLatest } from '@multitask/read-model';
import { openDataFolder, type DataFolder } from './data-folder';
import { readExampleRecord } from './example/example-record';
import { exitCodes, runExample } from './example/run-example';
import { WebhookReceiver } from './example/webhook-receiver';
import { openFrontDoor } from './front-door/front-door';
import { Targets } from './front-door/targets';
import { environmentOf, upstreamKind, type EnvironmentSources } from './house/environment';
import type { House } from './house/house';
import { ManyProcesses } from './house/many-processes';
import { emulatorName, serviceNames, type ServiceName } from './house/service-names';
import { startInfrastructure } from './infrastructure';
import { OptionError, withoutTrailingSlashes, type Options } from './options';
import { loadSecrets } from './secrets';
import { onRestartRequest, StopSignal } from './stop-signal';

/** Services get this long to finish what they have in hand; NATS and Postgres then stop within the rest of 10 s. */
const serviceStopMs = 6_000;
const infrastructureStopMs = 2_500;

/** Everything a local start does, from the first look at the data folder to the last process gone. Gives the exit code. */
export async function runStandalone(options: Options, env: Environment, logger: Logger): Promise<number> {
  checkReplicas(options);
  const stop = new StopSignal();
  const closing: (() => unknown)[] = [];
  const tell = (line: string) => void process.stdout.write(`${line}\n`);
  try {
    const folder = await openDataFolder(options.dataDir, { reset: options.reset });
    closing.push(() => folder.release());
    return await stop.race(serve({ options, env, logger, folder, tell, closing, stop }));
  } finally {
    // What was started last depends on what was started first.
    for (const close of closing.reverse()) await close();
  }
}

interface Start {
  readonly options: Options;
  readonly env: Environment;
  readonly logger: Logger;
  readonly folder: DataFolder;
  readonly closing: (() => unknown)[];
  readonly stop: StopSignal;
  tell(line: string): void;
}

async function serve(start: Start): Promise<number> {
  const { options, env, logger, folder, tell, closing, stop } = start;
  const targets = new Targets();
  const door = await openFrontDoor({ host: options.host, port: options.port, targets, logger });
  closing.push(() => door.close());
  const origin = withoutTrailingSlashes(env.PUBLIC_URL ?? '') || originOf(options.host, door.port);

  const secrets = loadSecrets(folder.secretsFile, env);
  const receiver = options.example
    ? await WebhookReceiver.open(readExampleRecord(folder.exampleFile)?.webhookPort)
    : undefined;
  closing.push(() => receiver?.close());
  const infrastructure = await startInfrastructure({ env, folder, logger, tell, stopTimeoutMs: infrastructureStopMs });
  closing.push(() => infrastructure.stop());
  stop.throwIfStopped();
  await migrateToLatest(infrastructure.databaseUrl);

  const house = await makeHouse(start);
  closing.push(() => house.stop(serviceStopMs));
  onRestartRequest((service) => house.restart(service as ServiceName));
  await startServices(house, targets, start, {
    env,
    options,
    folder,
    secrets,
    natsUrl: infrastructure.natsUrl,
    databaseUrl: infrastructure.databaseUrl,
    outboundAllow: receiver && `127.0.0.1:${receiver.port}`,
  });
  stop.throwIfStopped();

  if (!env.OPERATOR_TOKEN) tell(`operator token: ${secrets.operatorToken}`);
  tell(`ready ${origin}`);
  if (!receiver) return options.exit ? exitCodes.completed : stop.requested;
  const code = await runExample({
    origin: originOf(options.host, door.port),
    publicOrigin: origin,
    upstream: upstreamKind(options.upstream),
    apiKey: env.PARALLEL_API_KEY,
    recordFile: folder.exampleFile,
    receiver,
    signal: stop.signal,
    tell,
  });
  if (options.exit) return code;
  if (!stop.signal.aborted) tell(`Serving ${origin} until Ctrl+C.`);
  return stop.requested;
}

async function makeHouse({ options, env, folder, logger }: Start): Promise<House> {
  if (options.processes)
    return new ManyProcesses({ folder, logger, stopTimeoutMs: serviceStopMs, inspect: env.MULTITASK_INSPECT });
  // Loaded here alone: a supervisor of processes needs none of their code. A native import needs the extension.
  const { OneProcess } = await import('./house/one-process.js');
  return new OneProcess();
}

async function startServices(
  house: House,
  targets: Targets,
  { options, stop }: Start,
  sources: EnvironmentSources,
): Promise<void> {
  const startReplicas = async (service: ServiceName, from: EnvironmentSources, port: number) => {
    const count = options.replicas.get(service) ?? 1;
    const replicas = Array.from({ length: count }, (_, i) => i + 1);
    const found = await Promise.all(
      replicas.map((replica) =>
        house.start({ service, replica, port, environment: (ports) => environmentOf(service, replica, from, ports) }),
      ),
    );
    targets.set(
      service,
      found.filter((target) => target !== undefined),
    );
    return found[0];
  };
  let complete = sources;
  if (options.upstream === 'emulator') {
    const emulator = await startReplicas(emulatorName, sources, options.emulatorPort);
    complete = { ...sources, emulatorUrl: `http://${emulator!.host}:${emulator!.port}` };
  }
  stop.throwIfStopped();
  await Promise.all(serviceNames.map((service) => startReplicas(service, complete, 0)));
}

function checkReplicas(options: Options): void {
  for (const [name, count] of options.replicas) {
    if (name === emulatorName && count > 1)
      throw new OptionError('--replicas: the emulator keeps its state in one file and runs once.');
    if (name !== emulatorName && !serviceNames.some((service) => service === name))
      throw new OptionError(`--replicas: there is no service "${name}"; there are ${serviceNames.join(', ')}.`);
  }
}

/** 0.0.0.0 is where to listen, not where to go. */
function originOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

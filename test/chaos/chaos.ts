import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { helpText, parseOptions, type ChaosOptions, type ScenarioName } from './options';
import { stopEveryProduct } from './participants/product.process';
import { Random } from './random';
import { Reporter } from './report';
import { frozenHolderScenario } from './scenarios/frozen-holder.scenario';
import { killScenario } from './scenarios/kill.scenario';
import { logRewindScenario } from './scenarios/log-rewind.scenario';
import { natsOutageScenario } from './scenarios/nats-outage.scenario';
import { postgresOutageScenario } from './scenarios/postgres-outage.scenario';
import { rebuildScenario } from './scenarios/rebuild.scenario';
import { replicasScenario } from './scenarios/replicas.scenario';
import { rollingRestartScenario } from './scenarios/rolling-restart.scenario';
import type { Scenario } from './scenarios/scenario';
import { slowReadersScenario } from './scenarios/slow-readers.scenario';
import { storesFullScenario } from './scenarios/stores-full.scenario';
import { upstreamStreamsScenario } from './scenarios/upstream-streams.scenario';
import { webhookEarlyScenario } from './scenarios/webhook-early.scenario';
import { zombiesScenario } from './scenarios/zombies.scenario';

const scenarios: Readonly<Record<ScenarioName, Scenario>> = {
  kill: killScenario,
  'frozen-holder': frozenHolderScenario,
  zombies: zombiesScenario,
  replicas: replicasScenario,
  'rolling-restart': rollingRestartScenario,
  'webhook-early': webhookEarlyScenario,
  'nats-outage': natsOutageScenario,
  'postgres-outage': postgresOutageScenario,
  'stores-full': storesFullScenario,
  'slow-readers': slowReadersScenario,
  'log-rewind': logRewindScenario,
  rebuild: rebuildScenario,
  'upstream-streams': upstreamStreamsScenario,
};

const print = (line: string): void => void process.stdout.write(`${line}\n`);

interface Surroundings {
  readonly root: string;
  /** Calls back when somebody asks this process to end. */
  onEnd(stop: (signal: string) => void): void;
}

/** Runs what the arguments say; answers the exit code: 0 when everything holds. */
export async function runChaos(args: readonly string[], { root, onEnd }: Surroundings): Promise<number> {
  const options = parse(args);
  if (options === undefined) return 64;
  if (options === 'help') {
    print(helpText);
    return 0;
  }
  const startedAt = new Date();
  const reporter = new Reporter(print, options.keep);
  let stopping = false;
  onEnd((signal) => {
    // Somebody out of patience asks twice. The product notices when we are gone, and stops; its folder stays behind.
    if (stopping) process.exit(130);
    stopping = true;
    reporter.check('ran to its end', `it was told to stop by ${signal}`);
    void Promise.allSettled([finish(options, startedAt, reporter), stopEveryProduct()]).then(() => process.exit(130));
  });

  print(`seed ${options.seed}`);
  reporter.begin();
  for (const name of options.scenarios) {
    if (stopping) return 130;
    await scenarios[name]({ root, options, random: new Random(options.seed), reporter }).catch((error: unknown) =>
      reporter.check(`scenario ${name}`, (error as Error).stack),
    );
  }
  await finish(options, startedAt, reporter);
  return reporter.failed === 0 ? 0 : 1;
}

async function finish(options: ChaosOptions, startedAt: Date, reporter: Reporter): Promise<void> {
  const file = options.report ?? join(tmpdir(), 'chaos-report.json');
  const tookSeconds = Math.round((Date.now() - startedAt.getTime()) / 1_000);
  await reporter.write(file, { seed: options.seed, startedAt: startedAt.toISOString(), tookSeconds, options });
  print(`report: ${file}, ${tookSeconds} s`);
  print(`${reporter.passed} passed, ${reporter.failed} failed`);
}

function parse(args: readonly string[]) {
  try {
    return parseOptions(args);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    return undefined;
  }
}

import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';

export const services = ['api-gateway', 'stream-ingestor', 'projector', 'results-gateway', 'notifier'] as const;
export type ServiceName = (typeof services)[number];

export const scenarioNames = [
  'kill',
  'frozen-holder',
  'zombies',
  'replicas',
  'rolling-restart',
  'webhook-early',
  'nats-outage',
  'postgres-outage',
  'stores-full',
  'slow-readers',
  'log-rewind',
  'rebuild',
  'upstream-streams',
] as const;
/** Of these the short form is made: killed services, a holder that is no longer one, one outage of each store, and slow readers. */
export const shortScenarios = ['kill', 'frozen-holder', 'nats-outage', 'postgres-outage', 'slow-readers'] as const;
export type ScenarioName = (typeof scenarioNames)[number];

export interface ChaosOptions {
  readonly seed: string;
  /** Kills of each service; in `frozen-holder` ten times as many holders are stopped. */
  readonly rounds: number;
  readonly services: readonly ServiceName[];
  readonly scenarios: readonly ScenarioName[];
  /** Groups of one row in `webhook-early`. */
  readonly groups: number;
  /** Small groups: one kill of each service, one stopped holder, one outage of each store, one round of slow readers. */
  readonly short: boolean;
  readonly report: string | undefined;
  /** Folder for whole ledgers of rounds that failed. */
  readonly keep: string | undefined;
}

export const helpText = `Kills and freezes of a running product, and everybody's account of it (docs/chaos.md): npm run chaos -- [options]

  --seed <text>        the same seed draws the same times, readers and failures (a new one each time, printed)
  --rounds <n>         kills of each service (10)
  --services <a,b>     which services are killed (${services.join(',')})
  --scenarios <a,b>    ${scenarioNames.join(',')}
  --groups <n>         groups of the scenario webhook-early (1000)
  --short              one kill of each service, one stopped holder, one outage of NATS and of Postgres, slow readers, all in small
  --report <file>      where the report goes as JSON (chaos-report.json in the temporary folder)
  --keep <folder>      keep the whole ledger of each round that fails, as JSON
  --no-build           take what was compiled before`;

/** Throws an Error whose message is for the person who typed. */
export function parseOptions(args: readonly string[]): ChaosOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    strict: true,
    options: {
      seed: { type: 'string' },
      rounds: { type: 'string' },
      services: { type: 'string' },
      scenarios: { type: 'string' },
      groups: { type: 'string' },
      short: { type: 'boolean', default: false },
      report: { type: 'string' },
      keep: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const { short } = values;
  return {
    seed: values.seed ?? randomBytes(4).toString('hex'),
    rounds: whole('rounds', values.rounds ?? (short ? '1' : '10')),
    services: listOf('services', values.services, services) ?? services,
    scenarios: listOf('scenarios', values.scenarios, scenarioNames) ?? (short ? shortScenarios : scenarioNames),
    groups: whole('groups', values.groups ?? '1000'),
    short,
    report: values.report,
    keep: values.keep,
  };
}

function whole(name: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new Error(`--${name} takes a whole number above 0, not "${text}"`);
}

function listOf<T extends string>(name: string, text: string | undefined, known: readonly T[]): T[] | undefined {
  return text?.split(',').map((item) => {
    const found = known.find((candidate) => candidate === item.trim());
    if (found === undefined) throw new Error(`--${name}: "${item}" is none of ${known.join(', ')}`);
    return found;
  });
}

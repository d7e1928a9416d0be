import { inHouse, type House, type HouseOptions } from '../house';
import type { FaultAccount } from '../ledger';
import { knownCodes, refusalsOf, unmannerly } from '../manners';
import { Onlooker, type Look } from '../participants/onlooker';
import { environmentOf } from '../participants/process.table';
import type { Outage } from '../participants/store.server';
import type { Random } from '../random';
import { runRound, type PlannedGroup, type RoundProgress, type RoundResult } from '../round';
import type { Scene } from './scenario';

/** Groups of 300 rows one after another and one of three rows each second in between, so that every service has work all the time. */
export const steadyLoad = (random: Random, seconds: number): PlannedGroup[] => [
  ...every(5, seconds).map((afterMs) => ({ afterMs, rows: 300, readers: 5, pollMs: 1_500, repeated: false })),
  ...every(1, seconds).map((afterMs) => ({
    afterMs: afterMs + random.between(0, 900),
    rows: 3,
    readers: 0,
    pollMs: 1_000,
    repeated: random.chance(0.2),
  })),
];

export const shortLoad = (): PlannedGroup[] => [
  { afterMs: 0, rows: 90, readers: 6, pollMs: 500, repeated: true },
  ...every(1, 14).map((afterMs) => ({ afterMs, rows: 2, readers: 0, pollMs: 0, repeated: false })),
];

const every = (step: number, seconds: number): number[] =>
  Array.from({ length: Math.ceil(seconds / step) }, (_, i) => i * step * 1_000);

export interface OutageRound extends RoundResult {
  readonly outages: readonly Outage[];
  readonly looks: readonly Look[];
}

export type Disturb = (house: House, progress: RoundProgress) => Promise<readonly Outage[]>;

/** A house in which NATS or Postgres has bad days; `work` plays rounds in it. */
export async function inStoreHouse(
  {
    root,
    options,
    random,
    reporter,
    env = {},
    prepare,
  }: Scene & Pick<HouseOptions, 'prepare'> & { readonly env?: HouseOptions['env'] },
  work: (house: House, play: (name: string, disturb: Disturb, plan: Plan) => Promise<OutageRound>) => Promise<void>,
): Promise<void> {
  const codes = knownCodes(root);
  const left = await inHouse(
    {
      root,
      random,
      args: ['--emulator-speed', options.short ? '40' : '20'],
      // 15 rows a second for each group of 300: together about 60 rows and 200 events a second.
      env: { INGEST_ROWS_PER_BATCH: '30', PACE_RUNS_PER_MINUTE: options.short ? '1800' : '900', ...env },
      emulatorFaults: [],
      failingWebhooks: 0.1,
      prepare,
    },
    async (house) => {
      await work(house, async (name, disturb, plan) => {
        const result = await playRound(house, random.fork(name), name, disturb, plan);
        const rude = [...refusalsOf(result.ledger), ...result.looks.flatMap(({ refusal }) => refusal ?? [])].flatMap(
          (refusal) => unmannerly(refusal, codes) ?? [],
        );
        reporter.check(`${name}: every refusal is a problem document`, rude.length > 0 ? summary(rude) : undefined);
        return result;
      });
    },
  );
  reporter.check('nothing was left running', left.length > 0 ? `still there: ${left.join(', ')}` : undefined);
}

export interface Plan {
  readonly groups: readonly PlannedGroup[];
  readonly deadlineMs: number;
  readonly store: 'nats' | 'postgres';
}

async function playRound(
  house: House,
  random: Random,
  name: string,
  disturb: Disturb,
  { groups, deadlineMs, store }: Plan,
): Promise<OutageRound> {
  const before = await serviceProcesses(house);
  let outages: readonly Outage[] = [];
  let onlooker: Onlooker | undefined;
  try {
    const result = await runRound(house, {
      name,
      random,
      groups,
      clients: 64,
      deadlineMs,
      disturb: async (at, progress) => {
        onlooker = await Onlooker.open(house.product, () => progress.groups.map(({ answers }) => answers[0]!.url));
        const checkpoints = await house.tables.checkpoints();
        outages = await disturb(at, progress);
        return outages.map((outage): FaultAccount => ({
          kind: 'outage',
          service: store,
          pid: outage.pid,
          at: outage.at,
          until: outage.readyAt,
          checkpoints,
        }));
      },
    });
    const after = await serviceProcesses(house);
    const gone = [...before].filter(([service, pid]) => after.get(service) !== pid).map(([service]) => service);
    const died = gone.length > 0 ? `these processes ended: ${gone.join(', ')}` : undefined;
    const failure = [result.failure, died].filter(Boolean).join('; ') || undefined;
    return { ...result, failure, outages, looks: onlooker?.looks ?? [] };
  } finally {
    await onlooker?.close();
  }
}

/** Pids of the services; NATS and Postgres are meant to die. */
async function serviceProcesses({ product }: House): Promise<Map<string, number>> {
  return new Map([...(await product.processes())].filter(([, pid]) => environmentOf(pid).OPS_PORT));
}

export function summary(faults: readonly string[]): string {
  const different = [...new Set(faults)];
  const shown = different.slice(0, 5).join('; ');
  return `${faults.length}: ${shown}${different.length > 5 ? '; …' : ''}`;
}

/** What was looked at while a store was away, by what was looked for. */
export function looksDuring({ looks, outages }: OutageRound): Map<string, Look[]> {
  const found = new Map<string, Look[]>();
  for (const look of looks)
    if (outages.some(({ at, readyAt }) => look.at > at && look.at + look.tookMs < readyAt))
      found.set(look.what, [...(found.get(look.what) ?? []), look]);
  return found;
}

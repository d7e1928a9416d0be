import { setTimeout as sleep } from 'node:timers/promises';
import type { House } from '../chaos/house';
import type { Ledger } from '../chaos/ledger';
import { EmulatorWitness } from '../chaos/participants/emulator.witness';
import { LogWitness } from '../chaos/participants/log.witness';
import type { Product } from '../chaos/participants/product.process';
import { TableWitness } from '../chaos/participants/table.witness';
import { WebhookReceiver } from '../chaos/participants/webhook.receiver';
import { Random } from '../chaos/random';
import { Reporter } from '../chaos/report';
import { runRound, type PlannedGroup, type RoundProgress } from '../chaos/round';
import { takePostgresAway } from './acts/away.act';
import { changeRelease } from './acts/change.act';
import { deletePod } from './acts/delete.act';
import { drainNode } from './acts/drain.act';
import { cutPower } from './acts/power.act';
import { Release } from './acts/release';
import { scaleWithReaders } from './acts/scale.act';
import type { Act, ActAccount, ActOf, Stage } from './acts/act';
import { judge } from './requests/request.judge';
import { RequestWitness } from './requests/request.witness';
import { SteadyCaller } from './requests/steady.caller';

/** What the ledger, running in the cluster's network, is told about the release. */
export interface InsideOrder {
  readonly namespace: string;
  readonly release: string;
  readonly databaseUrl: string;
  readonly receiver: { readonly host: string; readonly port: number };
  readonly emulatorFaults: readonly object[];
  readonly seed: string;
  readonly deadlineMs: number;
  readonly rounds: readonly OrderedRound[];
}

export interface OrderedRound {
  readonly name: string;
  /** Whose recovery the round's line shows. */
  readonly service: string;
  readonly groups: readonly PlannedGroup[];
  readonly acts: readonly Act[];
}

/** Rounds of load with everybody's account of them; answers the exit code. */
export async function runInside(order: InsideOrder): Promise<number> {
  const host = (part: string) => `${order.release}-${part}.${order.namespace}.svc.cluster.local`;
  const origin = `http://${host('front-door')}`;
  const requests = new RequestWitness(origin);
  const random = new Random(order.seed);
  const reporter = new Reporter((line) => void process.stdout.write(`${line}\n`), process.env.KEEP_LEDGERS);
  const receiver = await WebhookReceiver.open(random.fork('receiver'), { failingWebhooks: 0.3, at: order.receiver });
  const tables = await TableWitness.open(order.databaseUrl);
  const emulator = new EmulatorWitness(`http://${host('parallel-emulator')}`);
  await emulator.setFaults(order.emulatorFaults);
  // The origin is all that the rounds need of the product.
  const product = { origin } as Product;
  const house: House = {
    product,
    emulator,
    log: new LogWitness(`nats://${host('nats-servers')}:4222`),
    tables,
    receiver,
  };
  reporter.begin();
  for (const round of order.rounds)
    await playRound(order, round, { house, release: new Release(order), requests, reporter, random });
  await tables.close();
  await receiver.close();
  process.stdout.write(`${reporter.passed} passed, ${reporter.failed} failed\n`);
  return reporter.failed === 0 ? 0 : 1;
}

type Everybody = Omit<Stage, 'progress'> & { readonly reporter: Reporter; readonly random: Random };

async function playRound(
  order: InsideOrder,
  round: OrderedRound,
  { reporter, random, ...everybody }: Everybody,
): Promise<void> {
  const { house, requests } = everybody;
  const { name, service, acts } = round;
  const since = Date.now();
  const accounts: ActAccount[] = [];
  const disturb = async (_: House, progress: RoundProgress) => {
    const caller = new SteadyCaller(house.product.origin, progress.groups);
    try {
      const faults = [];
      for (const act of acts) {
        await sleep(Math.max(0, progress.startedAt + act.afterMs - Date.now()));
        const checkpoints = await house.tables.checkpoints();
        const account = await perform(act, { ...everybody, progress });
        accounts.push(account);
        faults.push({ pid: 0, checkpoints, ...account.fault });
      }
      await everybody.release.settled(180_000);
      return faults;
    } finally {
      await caller.stop();
    }
  };
  const { groups } = round;
  const plan = { name, random: random.fork(name), groups, clients: 8, deadlineMs: order.deadlineMs, disturb };
  const result = await runRound(house, plan);
  await reporter.round({ scenario: 'cluster', service, name, hit: [], note: service, ...result });
  for (const { says } of accounts) reporter.say(says);
  reporter.check(`${name}: what was done was done as it must be`, told(accounts.flatMap(({ faults }) => faults)));
  const verdict = judge(
    requests.since(since),
    brokenStreams(result.ledger),
    accounts.map(({ disturbance }) => disturbance),
  );
  const { asked, failed, refused, longestRepeatMs } = verdict;
  const share = `${failed} of ${asked} requests failed, ${refused.commands + refused.results} of them by 503 with Retry-After`;
  const repeated = failed > 0 ? `; repeated, the last succeeded ${(longestRepeatMs / 1_000).toFixed(1)} s later` : '';
  reporter.say(`${share}${repeated}; ${verdict.brokenStreams} streams broke off`);
  reporter.check(`${name}: no request failed but those that may`, told(verdict.violations));
}

function perform(act: Act, stage: Stage): Promise<ActAccount> {
  switch (act.kind) {
    case 'delete':
      return deletePod(act, stage);
    case 'away':
      return takePostgresAway(act as ActOf<'away'>, stage);
    case 'change':
      return changeRelease(act, stage);
    case 'drain':
      return drainNode(act, stage);
    case 'power':
      return cutPower(act, stage);
    case 'scale':
      return scaleWithReaders(act as ActOf<'scale'>, stage);
  }
}

const brokenStreams = ({ readers }: Ledger): number[] =>
  readers
    .flatMap(({ connections }) => connections)
    .filter(({ end, status }) => end === 'broken' && status === 200)
    .map(({ endedAt }) => endedAt);

const told = (faults: readonly string[]): string | undefined =>
  faults.length === 0
    ? undefined
    : [...faults.slice(0, 8), ...(faults.length > 8 ? [`and ${faults.length - 8} more`] : [])].join('\n    ');

import { EmulatorWitness } from '../chaos/participants/emulator.witness';
import { LogWitness } from '../chaos/participants/log.witness';
import type { Product } from '../chaos/participants/product.process';
import { TableWitness } from '../chaos/participants/table.witness';
import { WebhookReceiver } from '../chaos/participants/webhook.receiver';
import type { House } from '../chaos/house';
import { Random } from '../chaos/random';
import { Reporter } from '../chaos/report';
import { runRound, type PlannedGroup } from '../chaos/round';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from './command';

/** What the ledger, running in the cluster's network, is told about the release. */
export interface InsideOrder {
  readonly namespace: string;
  readonly release: string;
  readonly databaseUrl: string;
  readonly receiver: { readonly host: string; readonly port: number };
  readonly emulatorFaults: readonly object[];
  readonly seed: string;
  readonly groups: readonly PlannedGroup[];
  readonly deadlineMs: number;
  /** A round for each: what happens in it, and the commands that do it, so many milliseconds after its start. */
  readonly rounds: readonly { readonly name: string; readonly service: string; readonly acts: readonly Act[] }[];
}

export interface Act {
  readonly afterMs: number;
  readonly command: readonly string[];
}

/** Rounds of load with everybody's account of them; answers the exit code. */
export async function runInside(order: InsideOrder): Promise<number> {
  const { namespace, release } = order;
  const host = (part: string) => `${release}-${part}.${namespace}.svc.cluster.local`;
  const random = new Random(order.seed);
  const reporter = new Reporter((line) => void process.stdout.write(`${line}\n`), process.env.KEEP_LEDGERS);
  const receiver = await WebhookReceiver.open(random.fork('receiver'), { failingWebhooks: 0.3, at: order.receiver });
  const tables = await TableWitness.open(order.databaseUrl);
  const emulator = new EmulatorWitness(`http://${host('parallel-emulator')}`);
  await emulator.setFaults(order.emulatorFaults);
  const house: House = {
    // The origin is all that the rounds need of it.
    product: { origin: `http://${host('front-door')}` } as Product,
    emulator,
    log: new LogWitness(`nats://${host('nats-servers')}:4222`),
    tables,
    receiver,
  };
  reporter.begin();
  for (const { name, service, acts } of order.rounds) {
    const plan = {
      name,
      random: random.fork(name),
      groups: order.groups,
      clients: 8,
      deadlineMs: order.deadlineMs,
      disturb: async (_: House, { startedAt }: { startedAt: number }) => {
        const faults = [];
        for (const { afterMs, command } of acts) {
          await sleep(Math.max(0, startedAt + afterMs - Date.now()));
          const checkpoints = await tables.checkpoints().catch(() => ({}));
          faults.push({ kind: 'kill' as const, service, pid: 0, at: Date.now(), checkpoints });
          await run(command[0]!, command.slice(1), { mayFail: true });
        }
        return faults;
      },
    };
    const result = await runRound(house, plan);
    await reporter.round({ scenario: 'cluster', service, name, hit: [], note: service, ...result });
  }
  await tables.close();
  await receiver.close();
  process.stdout.write(`${reporter.passed} passed, ${reporter.failed} failed\n`);
  return reporter.failed === 0 ? 0 : 1;
}

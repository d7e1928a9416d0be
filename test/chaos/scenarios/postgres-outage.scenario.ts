import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { claimFaults, claimRates, type ClaimAccount } from '../claims';
import type { House } from '../house';
import { ClaimWorkers } from '../participants/claim.workers';
import { StoreServer, type Outage } from '../participants/store.server';
import { throughputOf } from '../store.recovery';
import type { Scene } from './scenario';
import { inStoreHouse, shortLoad, steadyLoad, summary, type Disturb, type OutageRound } from './store-outage';

/** Of what was projected per second before the fault, this much is reached again within 30 s, unless there is no more to project. */
const recoveredShare = 0.95;

/**
 * Postgres restarts, is stopped at once, stays away for a minute, cuts every connection once a second for a minute, and has no
 * room for another connection, under load. Short: one immediate stop.
 */
export async function postgresOutageScenario(scene: Scene): Promise<void> {
  const { options, random, reporter } = scene;
  const env = { ORCHESTRATION_TOKENS: `chaos=${token}` };
  await inStoreHouse({ ...scene, env }, async (_, play) => {
    const round = async (name: string, disturb: Disturb, plan: { seconds: number; deadlineMs: number }) => {
      const groups = options.short ? shortLoad() : steadyLoad(random.fork(`${name} load`), plan.seconds);
      const claims = new Claims(options.short ? 15 : plan.seconds);
      const beside = claims.beside(disturb);
      const result = await play(name, beside, { groups, deadlineMs: plan.deadlineMs, store: 'postgres' });
      const note = options.short ? 'stopped at once' : assess(scene, name, result);
      claims.assess(scene, name, result);
      await reporter.round({ scenario: 'postgres-outage', service: 'postgres', name, hit: [], note, ...result });
    };
    if (options.short) return round('postgres stopped', away('SIGQUIT', 0, 4_000), { seconds: 0, deadlineMs: 60_000 });
    await round('postgres fast restart', away('SIGINT', 0), { seconds: 55, deadlineMs: 240_000 });
    await round('postgres stopped', away('SIGQUIT', 3_000), { seconds: 60, deadlineMs: 240_000 });
    await round('postgres away 60 s', away('SIGQUIT', 60_000), { seconds: 115, deadlineMs: 360_000 });
    const met = { cut: 0, refused: 0 };
    await round('connections cut', cutConnections(met), { seconds: 115, deadlineMs: 360_000 });
    reporter.check('connections were cut', met.cut < cutSeconds ? `only ${met.cut} in ${cutSeconds} s` : undefined);
    await round('no connection free', takeConnections(met), { seconds: 85, deadlineMs: 300_000 });
    reporter.check('connections ran out', met.refused === 0 ? 'everybody who asked got one' : undefined);
    reporter.say(`${met.cut} connections were cut; ${met.refused} who asked for one were told that there is none`);
  });
}

const tasksPerSecond = 50;
const token = 'workers-of-the-chaos-harness';

/** Workers that claim and complete 50 tasks a second of the durable engine beside everything else. */
class Claims {
  readonly #seconds: number;
  #account: ClaimAccount | undefined;

  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  beside(disturb: Disturb): Disturb {
    return async (house, progress) => {
      const plan = { origin: house.product.origin, token, perSecond: tasksPerSecond, seconds: this.#seconds };
      const workers = await ClaimWorkers.start(plan);
      try {
        const outages = await disturb(house, progress);
        this.#account = await workers.finish(180_000);
        return outages;
      } finally {
        await workers.stop();
      }
    };
  }

  assess({ options, reporter }: Scene, name: string, { outages: [outage] }: OutageRound): void {
    const account = this.#account;
    const faults = account ? claimFaults(account) : ['nobody worked'];
    reporter.check(`${name}: no task lost or ended twice`, faults.length > 0 ? summary(faults) : undefined);
    if (!account || !outage || options.short) return;
    const { before, after } = claimRates(account, outage);
    // Without workers before it there is nothing to come back to.
    const isIdle = before < 0.8 * tasksPerSecond;
    const figures = `${before.toFixed(0)} tasks/s before, ${after.toFixed(0)} after, ${account.refused} too late`;
    reporter.say(`${name}: ${figures}`);
    reporter.check(
      `${name}: workers are back at 95 % within 30 s`,
      isIdle || after < recoveredShare * before ? figures : undefined,
    );
  }
}

/** Long enough for a steady pace before the fault. */
const settleMs = 18_000;

const away =
  (signal: NodeJS.Signals, awayMs: number, afterMs = settleMs): Disturb =>
  async ({ product }) => {
    await sleep(afterMs);
    return [await new StoreServer(product, 'postgres').away(signal, awayMs)];
  };

/** So long connections are cut. */
const cutSeconds = 60;

/** What Postgres says when it has no room for another connection. */
const tooManyConnections = '53300';

/** Once a second for a minute, every connection but the witness's is cut. */
const cutConnections =
  (met: { cut: number }): Disturb =>
  async (house) => {
    await sleep(settleMs);
    return during(house, async (client) => {
      for (let second = 0; second < cutSeconds; second++) {
        const { rowCount } = await client.query(
          "select 1 from pg_stat_activity where backend_type = 'client backend' and application_name <> 'chaos-ledger'" +
            ' and pg_terminate_backend(pid)',
        );
        met.cut += rowCount ?? 0;
        await sleep(1_000);
      }
    });
  };

/** 300 connections that do nothing are asked for: more than the server has. They stay for half a minute. */
const takeConnections =
  (met: { refused: number }): Disturb =>
  async (house) => {
    await sleep(settleMs);
    return during(house, async () => {
      const idle: Client[] = [];
      const until = Date.now() + 30_000;
      try {
        // Again and again: places that the product gives back are taken, too.
        while (Date.now() < until) {
          while (idle.length < 300) {
            const client = await idleClient(house.product.databaseUrl);
            if (client === 'no room') met.refused++;
            if (typeof client === 'string') break;
            idle.push(client);
          }
          await sleep(200);
        }
      } finally {
        await Promise.all(idle.map((client) => client.end().catch(() => undefined)));
      }
    });
  };

async function idleClient(connectionString: string): Promise<Client | 'no room' | 'no answer'> {
  const client = new Client({ connectionString, application_name: 'chaos-ledger idle' });
  client.on('error', () => undefined);
  return client.connect().then(
    () => client,
    ({ code }: { code?: string }) => (code === tooManyConnections ? 'no room' : 'no answer'),
  );
}

async function during({ product }: House, work: (client: Client) => Promise<void>): Promise<Outage[]> {
  const pid = await product.pidOf('postgres');
  const client = new Client({ connectionString: product.databaseUrl, application_name: 'chaos-ledger' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const at = Date.now();
    await work(client);
    return [{ at, readyAt: Date.now(), pid }];
  } finally {
    await client.end().catch(() => undefined);
  }
}

function assess({ reporter }: Scene, name: string, round: OutageRound): string {
  const [outage] = round.outages;
  const found = outage && throughputOf(round.ledger, outage);
  const share = found && found.before > 0 ? found.after / found.before : 0;
  const figures = found
    ? `${found.before.toFixed(0)} events/s before, ${found.after.toFixed(0)} after`
    : 'no throughput could be measured';
  reporter.check(
    `${name}: back at 95 % within 30 s`,
    share < recoveredShare && !(found && found.before > 0 && found.behind === 0) ? figures : undefined,
  );
  return figures;
}

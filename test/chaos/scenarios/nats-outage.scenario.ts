import { setTimeout as sleep } from 'node:timers/promises';
import type { House } from '../house';
import { services } from '../options';
import { StoreServer, type Outage } from '../participants/store.server';
import { lateAfter, resumedMs } from '../store.recovery';
import type { Scene } from './scenario';
import {
  inStoreHouse,
  looksDuring,
  shortLoad,
  steadyLoad,
  summary,
  type Disturb,
  type OutageRound,
} from './store-outage';

/** Every service works again this soon after NATS does. */
const resumeWithinMs = 5_000;

/**
 * NATS is killed five times, half a second down each, and then stays away for a minute, under load. Short: one kill.
 * Nobody restarts a service, nothing is lost, results are still read, and everybody is told.
 */
export async function natsOutageScenario(scene: Scene): Promise<void> {
  const { options, random, reporter } = scene;
  await inStoreHouse(scene, async (_, play) => {
    const round = async (name: string, disturb: Disturb, plan: { seconds: number; deadlineMs: number }) => {
      const groups = options.short ? shortLoad() : steadyLoad(random.fork(`${name} load`), plan.seconds);
      const result = await play(name, disturb, { groups, deadlineMs: plan.deadlineMs, store: 'nats' });
      const slowest = assess(scene, name, result);
      const note = `${result.outages.length} × away, slowest service ${slowest}`;
      await reporter.round({ scenario: 'nats-outage', service: 'nats', name, hit: [], note, ...result });
    };
    if (options.short) return round('nats killed', kills(1, 4_000), { seconds: 0, deadlineMs: 60_000 });
    await round('nats killed 5 times', kills(5, 6_000), { seconds: 50, deadlineMs: 180_000 });
    await round('nats away 60 s', awayOnce, { seconds: 85, deadlineMs: 300_000 });
  });
}

const kills =
  (times: number, pauseMs: number) =>
  async ({ product }: House): Promise<Outage[]> => {
    const outages: Outage[] = [];
    for (let n = 0; n < times; n++) {
      await sleep(pauseMs);
      outages.push(await new StoreServer(product, 'nats').away('SIGKILL', 500));
    }
    return outages;
  };

const awayOnce = async ({ product }: House): Promise<Outage[]> => {
  await sleep(12_000);
  return [await new StoreServer(product, 'nats').away('SIGKILL', 60_000)];
};

/** Checks the figures; answers the slowest resumption. */
function assess({ options, reporter }: Scene, name: string, round: OutageRound): string {
  const waits = round.outages.map(({ readyAt }) => resumedMs(round.ledger, readyAt));
  let slowest = { service: '-', ms: 0 };
  for (const service of services) {
    const ofService = waits.map((wait) => wait[service]);
    reporter.check(`${name}: ${service} works again within 5 s`, lateAfter(ofService, resumeWithinMs));
    const ms = Math.max(0, ...ofService.map((wait) => wait ?? 0));
    if (ms > slowest.ms) slowest = { service, ms };
  }
  if (!options.short && round.outages.some(({ at, readyAt }) => readyAt - at > 30_000))
    assessMinute(reporter, name, round);
  return `${slowest.service} ${(slowest.ms / 1_000).toFixed(1)} s`;
}

/** While NATS is away for long: results are read as they were, not live, and say so; creates are refused; probes tell. */
function assessMinute(reporter: Scene['reporter'], name: string, round: OutageRound): void {
  const [{ at, readyAt }] = round.outages as [Outage];
  const looks = looksDuring(round);
  // The first seconds may be spent waiting for a server that is only restarting.
  const later = (what: string) => (looks.get(what) ?? []).filter((look) => look.at > at + 3_000);
  for (const what of looks.keys()) {
    // It stands for somebody else's service and has no NATS.
    if (what === 'readyz parallel-emulator') continue;
    const seen = later(what);
    if (what.startsWith('readyz')) {
      const bad = seen.filter(({ status, body }) => status !== 503 || !/nats/.test(body));
      reporter.check(
        `${name}: ${what} tells`,
        seen.length === 0 || bad.length > 0 ? `${bad.length} of ${seen.length} did not` : undefined,
      );
      continue;
    }
    const unread = seen.filter(({ status, tookMs }) => status !== 200 || tookMs > 3_000);
    reporter.check(
      `${name}: ${what} is still read`,
      seen.length === 0 || unread.length > 0
        ? `${unread.length} of ${seen.length} not: ${summary(unread.map(({ status, tookMs }) => `${status} after ${tookMs > 3_000 ? 'over 3 s' : 'a moment'}`))}`
        : undefined,
    );
    const silent = seen.filter(({ body }) => !/goes on by itself|go on by themselves/.test(body));
    reporter.check(
      `${name}: ${what} says that it is not live`,
      silent.length > 0 ? `${silent.length} of ${seen.length} do not` : undefined,
    );
  }
  const refused = round.ledger.groups.flatMap(({ refusals }) => refusals.filter((r) => r.at > at && r.at < readyAt));
  reporter.check(
    `${name}: creates are refused`,
    refused.some(({ status }) => status === 503) ? undefined : 'none was answered 503',
  );
  const told = round.ledger.readers.filter(({ connections }) =>
    connections.some(({ at: from, endedAt }) => from < at && endedAt > at + 5_000),
  );
  const untold = told.filter(
    ({ connections }) =>
      !connections.some(({ frames }) =>
        frames.some(
          ({ event, at: when, data }) => event === 'notice' && data.live === false && when > at && when < readyAt,
        ),
      ),
  );
  reporter.check(
    `${name}: stream readers are told`,
    told.length === 0 || untold.length > 0 ? `${untold.length} of ${told.length} who stayed were not` : undefined,
  );
}

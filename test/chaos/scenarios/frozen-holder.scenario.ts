import { setTimeout as sleep } from 'node:timers/promises';
import { inHouse, type House } from '../house';
import type { FaultAccount, Ledger } from '../ledger';
import { environmentOf } from '../participants/process.table';
import { sumOf } from '../participants/work.shares';
import type { Random } from '../random';
import { runRound, type RoundProgress } from '../round';
import { heldBy } from '../standstill';
import { until } from '../waiting';
import type { Scene } from './scenario';

const started = 'multitask.ingest.started.v1';

type Kind = 'freeze' | 'usurp';

interface Course {
  readonly kind: Kind;
  readonly rounds: number;
  /** Of which each ingestor holds about half, all in the middle of things at once. */
  readonly groups: number;
  readonly rows: number;
  readonly leaseSeconds: number;
  readonly emulatorSpeed: number;
}

/** So many groups must get another holder in the whole of a full form. */
const enoughGroups = 100;
/** Of `freeze`, below this many rounds there are not enough groups. */
const fullRounds = 5;

/** A hundred stopped holders that are no longer one, unless less is asked for, and some that stop for longer than their leases last. */
const coursesOf = ({ rounds, short }: Scene['options']): Course[] => {
  // A lease of a minute is renewed each 20 s: nobody learns by that that it was usurped.
  const usurp = { kind: 'usurp' as const, groups: 6, rows: 12, leaseSeconds: 60, emulatorSpeed: 40 };
  if (short) return [{ ...usurp, rounds: 1 }];
  const freeze = { kind: 'freeze' as const, groups: 44, rows: 20, leaseSeconds: 5, emulatorSpeed: 20 };
  return [
    { ...freeze, rounds: Math.ceil(rounds / 2) },
    { ...usurp, rounds: 10 * rounds },
  ];
};

/**
 * Two ingestors, and a holder that does not know that it is no longer one. `freeze`: it is stopped (SIGSTOP) until its leases
 * have ended and the other holds its groups, and then goes on as if nothing had been. `usurp`: its leases are taken away while it
 * is stopped, so that by its own clock it still holds everything when it goes on: what the upstream told meanwhile it wants to
 * write down at once, and only the log's fence stands in between. That none of it was accepted is I5.
 */
export async function frozenHolderScenario(scene: Scene): Promise<void> {
  const { reporter } = scene;
  for (const course of coursesOf(scene.options)) {
    const { kind, rounds } = course;
    const { replaced, refused, refusedIn } = await manyRounds(scene, course);
    reporter.say(
      `${kind}: ${replaced} groups got another holder while theirs was stopped, ${refused} stale appends refused in ${refusedIn} of ${rounds} rounds`,
    );
    reporter.check(`${kind}: holders were replaced`, replaced === 0 ? 'no group got another holder' : undefined);
    if (kind === 'freeze' && rounds >= fullRounds)
      reporter.check(
        `${kind}: ${enoughGroups} groups`,
        replaced < enoughGroups ? `only ${replaced}; more rounds` : undefined,
      );
    if (kind === 'usurp')
      reporter.check(
        `${kind}: each of ${rounds} stopped holders has an append refused`,
        refusedIn < rounds ? `only ${refusedIn}` : undefined,
      );
  }
}

async function manyRounds(scene: Scene, { kind, leaseSeconds, rounds, emulatorSpeed, ...size }: Course) {
  const { random, reporter } = scene;
  const seen = { replaced: 0, refused: 0, refusedIn: 0 };
  const left = await inHouse(
    {
      root: scene.root,
      random: random.fork(kind),
      args: ['--replicas', 'stream-ingestor=2', '--emulator-speed', String(emulatorSpeed)],
      env: {
        INGEST_ROWS_PER_BATCH: '7',
        // A holder that was stopped with its request in hand sends it up to 15 s late: that must be listed before anybody buys again.
        INGEST_REQUEST_AGAIN_SECONDS: '25',
        LEASE_SECONDS: String(leaseSeconds),
        INGEST_SCAN_SECONDS: '0.5',
        // Few at once, so that every group has something to tell all the time.
        EMULATOR_GROUP_CONCURRENCY: '2',
      },
      emulatorFaults: [{ kind: 'delay', seconds: 0.5, match: { endpoint: 'add_runs' } }],
      failingWebhooks: 0,
    },
    async (house) => {
      for (let n = 1; n <= rounds; n++) {
        const name = `${kind} ${n}`;
        const seed = random.fork(name);
        const groups = Array.from({ length: size.groups }, (_, i) => ({
          afterMs: 0,
          rows: size.rows,
          readers: i % 4 === 0 ? 1 : 0,
          pollMs: i % 8 === 0 ? 1_000 : 0,
          repeated: false,
        }));
        const before = { refused: 0 };
        const disturb = replaceHolder(seed, kind, size.groups, before);
        const result = await runRound(house, { name, random: seed, groups, clients: 8, disturb, deadlineMs: 200_000 });
        const [fault] = result.ledger.faults;
        const refused = (await refusedAppends(house, fault?.pid)) - before.refused;
        const replaced = fault ? replacedGroups(result.ledger, fault) : 0;
        seen.replaced += replaced;
        seen.refused += refused;
        if (refused > 0) seen.refusedIn++;
        const note = `${replaced} groups replaced, ${refused} appends refused`;
        await reporter.round({ scenario: 'frozen-holder', service: 'stream-ingestor', name, hit: [], note, ...result });
      }
    },
  );
  reporter.check('nothing was left running', left.length > 0 ? `still there: ${left.join(', ')}` : undefined);
  return seen;
}

/** Groups of the stopped holder that another one held before it went on. */
function replacedGroups(ledger: Ledger, { instance, at, until: woken }: FaultAccount): number {
  const held = new Set(heldBy(ledger.log, at, instance!));
  const taken = ledger.log.messages.filter(
    (m) => m.type === started && m.at >= at && m.at <= woken! && held.has(m.group),
  );
  return new Set(taken.map(({ group }) => group)).size;
}

const replaceHolder =
  (random: Random, kind: Kind, groups: number, before: { refused: number }) =>
  async (house: House, { firstSeq }: RoundProgress): Promise<FaultAccount[]> => {
    const { log, tables } = house;
    const startedGroups = async () => {
      const { messages } = await log.account(firstSeq);
      return new Set(messages.filter(({ type }) => type === started).map(({ group }) => group));
    };
    await until('every group is held', async () => (await startedGroups()).size === groups, { timeoutMs: 60_000 });
    // Groups of few rows are done in some seconds.
    await sleep(random.between(0, kind === 'freeze' ? 5_000 : 1_500));
    const [service, pid] = await holder(house, firstSeq, random);
    const instance = environmentOf(pid).SERVICE_INSTANCE!;
    const checkpoints = await tables.checkpoints();
    before.refused = await refusedAppends(house, pid);
    process.kill(pid, 'SIGSTOP');
    const at = Date.now();
    try {
      const mine = heldBy(await log.account(firstSeq), at, instance);
      if (kind === 'usurp') for (const group of mine) await log.forgetLease(group);
      const isReplaced = async () => {
        const { messages } = await log.account(firstSeq);
        const since = messages.filter((m) => m.at >= at && m.type === started);
        const taken = new Set(since.map(({ group }) => group));
        return mine.every((group) => taken.has(group));
      };
      // What it was just about to finish may be complete, and is then taken over by nobody.
      await until('others hold its groups', isReplaced, { timeoutMs: 12_000, everyMs: 200 }).catch(() => undefined);
      await sleep(random.between(0, kind === 'freeze' ? 3_000 : 500));
      return [{ kind, service, instance, pid, at, until: Date.now(), checkpoints }];
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  };

/** One of the two by chance, unless it holds nothing. */
async function holder({ product, log }: House, firstSeq: number, random: Random): Promise<[string, number]> {
  const account = await log.account(firstSeq);
  const names = ['stream-ingestor', 'stream-ingestor.2'];
  if (random.chance(0.5)) names.reverse();
  const both = await Promise.all(
    names.map(async (name): Promise<[string, number]> => [name, await product.pidOf(name)]),
  );
  const holds = ([, pid]: [string, number]) =>
    heldBy(account, Date.now(), environmentOf(pid).SERVICE_INSTANCE!).length > 0;
  return both.find(holds) ?? both[0]!;
}

/** Appends that the log has refused to a process, by its own count since it started. */
async function refusedAppends({ product }: House, pid: number | undefined): Promise<number> {
  const text = pid === undefined ? '' : await product.metricsOf(pid);
  const fenced = text.split('\n').filter((line) => line.includes('reason="fence"'));
  return sumOf(fenced.join('\n'), 'multitask_ingest_appends_refused_total');
}

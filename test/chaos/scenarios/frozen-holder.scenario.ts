import { setTimeout as sleep } from 'node:timers/promises';
import { inHouse, type House } from '../house';
import type { FaultAccount, LogMessage } from '../ledger';
import { environmentOf } from '../participants/process.table';
import type { Random } from '../random';
import { runRound, type RoundProgress } from '../round';
import { until } from '../waiting';
import type { Scene } from './scenario';

const started = 'multitask.ingest.started.v1';

/** Below this many rounds it may be chance that no usurped holder wrote before it noticed. */
const enoughUsurpations = 3;

/**
 * Two ingestors, and a holder that does not know that it is no longer one. In odd rounds it is stopped in the middle of whatever
 * it does until the other has taken the group over, and then goes on as if nothing had been. In even rounds its lease vanishes
 * while it works: until its next renewal both believe to hold the group, and only the log's fence stands between them.
 */
export async function frozenHolderScenario(scene: Scene): Promise<void> {
  const { options, random, reporter } = scene;
  const seen = { takeovers: 0, usurpations: 0, refused: 0 };
  const left = await inHouse(
    {
      root: scene.root,
      random,
      args: ['--replicas', 'stream-ingestor=2', '--emulator-speed', '20'],
      env: {
        INGEST_ROWS_PER_BATCH: '60',
        // A holder that was stopped with its request in hand sends it up to 15 s late: that must be listed before anybody buys again.
        INGEST_REQUEST_AGAIN_SECONDS: '25',
        // Renewed each third of it: the time in which a usurped holder goes on.
        LEASE_SECONDS: '9',
        INGEST_SCAN_SECONDS: '0.5',
      },
      emulatorFaults: [{ kind: 'delay', seconds: 0.5, match: { endpoint: 'add_runs' } }],
      failingWebhooks: 0,
    },
    async (house) => {
      for (let n = 1; n <= options.rounds; n++) {
        const kind = n % 2 === 1 ? 'freeze' : 'usurp';
        const name = `${kind} ${n}`;
        const seed = random.fork(name);
        const groups = [{ afterMs: 0, rows: 300, readers: 6, pollMs: 700, repeated: false }];
        const before = { refused: 0 };
        const disturb = replaceHolder(seed, kind, before);
        const result = await runRound(house, { name, random: seed, groups, clients: 1, disturb, deadlineMs: 150_000 });
        const { log, faults } = result.ledger;
        const takeovers = log.messages.filter(({ type }) => type === started).length - 1;
        const refused = (await refusedAppends(house, faults[0]?.pid)) - before.refused;
        seen.takeovers += takeovers;
        if (kind === 'usurp') seen.usurpations++;
        seen.refused += refused;
        const note = `${takeovers} takeovers, ${refused} appends refused`;
        await reporter.round({ scenario: 'frozen-holder', service: 'stream-ingestor', name, hit: [], note, ...result });
      }
    },
  );
  reporter.check('holders were replaced', seen.takeovers === 0 ? 'no round saw a takeover' : undefined);
  const neverRefused = seen.usurpations >= enoughUsurpations && seen.refused === 0;
  reporter.check('usurped holders were refused', neverRefused ? 'none of them wrote before it noticed' : undefined);
  reporter.check('nothing was left running', left.length > 0 ? `still there: ${left.join(', ')}` : undefined);
}

const replaceHolder =
  (random: Random, kind: 'freeze' | 'usurp', before: { refused: number }) =>
  async (house: House, { firstSeq }: RoundProgress): Promise<FaultAccount[]> => {
    const { product, log, tables } = house;
    const starts = async (): Promise<LogMessage[]> =>
      (await log.account(firstSeq)).messages.filter(({ type }) => type === started);
    const first = await until('somebody holds the group', async () => (await starts())[0], { timeoutMs: 30_000 });
    await sleep(random.between(0, 10_000));
    const [service, pid] = await processNamed(product, String(first.data.holder));
    const checkpoints = await tables.checkpoints();
    before.refused = await refusedAppends(house, pid);
    const at = Date.now();
    // The group may be done already; then nobody takes anything over.
    const replaced = () =>
      until('another holder', async () => (await starts()).length > 1, { timeoutMs: 12_000, everyMs: 100 }).catch(
        () => undefined,
      );
    if (kind === 'usurp') {
      await log.forgetLease(first.group);
      await replaced();
    } else {
      process.kill(pid, 'SIGSTOP');
      try {
        await replaced();
        await sleep(random.between(0, 3_000));
      } finally {
        process.kill(pid, 'SIGCONT');
      }
    }
    return [{ kind, service, pid, at, until: Date.now(), checkpoints }];
  };

/** Appends that the log has refused to a process, by its own count since it started. */
async function refusedAppends({ product }: House, pid: number | undefined): Promise<number> {
  const text = pid === undefined ? '' : await product.metricsOf(pid);
  return Number(/ingest_appends_refused_total\{[^}]*reason="fence"[^}]*\} (\d+)/.exec(text)?.[1] ?? 0);
}

async function processNamed(product: House['product'], instance: string): Promise<[string, number]> {
  for (const [name, pid] of await product.processes())
    if (environmentOf(pid).SERVICE_INSTANCE === instance) return [name, pid];
  throw new Error(`no process calls itself ${instance}`);
}

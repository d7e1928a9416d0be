import { setTimeout as sleep } from 'node:timers/promises';
import { inHouse, type House } from '../house';
import type { FaultAccount, LogMessage } from '../ledger';
import { environmentOf } from '../participants/process.table';
import type { Random } from '../random';
import { runRound, type RoundProgress } from '../round';
import { until } from '../waiting';
import type { Scene } from './scenario';

const started = 'multitask.ingest.started.v1';

/**
 * Two ingestors; the one that holds the group is stopped in the middle of whatever it does, the other takes the group over, and
 * then the first goes on as if nothing had been.
 */
export async function frozenHolderScenario(scene: Scene): Promise<void> {
  const { options, random, reporter } = scene;
  let takeovers = 0;
  const left = await inHouse(
    {
      root: scene.root,
      random,
      args: ['--replicas', 'stream-ingestor=2', '--emulator-speed', '20'],
      // A frozen purchase may be sent when the holder goes on, up to 9 s later: it must be listed before anybody buys again.
      env: { INGEST_ROWS_PER_BATCH: '60', INGEST_REQUEST_AGAIN_SECONDS: '20' },
      emulatorFaults: [{ kind: 'delay', seconds: 0.5, match: { endpoint: 'add_runs' } }],
      failingWebhooks: 0,
    },
    async (house) => {
      for (let n = 1; n <= options.rounds && !scene.stop.aborted; n++) {
        const name = `frozen-holder ${n}`;
        const seed = random.fork(name);
        const groups = [{ afterMs: 0, rows: 300, readers: 6, pollMs: 700, repeated: false }];
        const plan = { name, random: seed, groups, clients: 1, disturb: freezeHolder(seed), deadlineMs: 150_000 };
        const result = await runRound(house, plan);
        if (result.ledger.log.messages.filter(({ type }) => type === started).length > 1) takeovers++;
        await reporter.round({ scenario: 'frozen-holder', service: 'stream-ingestor', name, hit: [], ...result });
      }
    },
  );
  reporter.check('a frozen holder was replaced', takeovers === 0 ? 'no round saw a takeover' : undefined);
  reporter.check('nothing was left running', left.length > 0 ? `still there: ${left.join(', ')}` : undefined);
}

const freezeHolder =
  (random: Random) =>
  async ({ product, log, tables }: House, { firstSeq }: RoundProgress): Promise<FaultAccount[]> => {
    const starts = async (): Promise<LogMessage[]> =>
      (await log.account(firstSeq)).messages.filter(({ type }) => type === started);
    const first = await until('somebody holds the group', async () => (await starts())[0], { timeoutMs: 30_000 });
    await sleep(random.between(0, 10_000));
    const [service, pid] = await processNamed(product, String(first.data.holder));
    const checkpoints = await tables.checkpoints();
    const at = Date.now();
    process.kill(pid, 'SIGSTOP');
    try {
      // It may have been done already; then nobody takes anything over.
      await until('another holder', async () => (await starts()).length > 1, { timeoutMs: 9_000, everyMs: 100 }).catch(
        () => undefined,
      );
      await sleep(random.between(0, 3_000));
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    return [{ kind: 'freeze', service, pid, at, until: Date.now(), checkpoints }];
  };

async function processNamed(product: House['product'], instance: string): Promise<[string, number]> {
  for (const [name, pid] of await product.processes())
    if (environmentOf(pid).SERVICE_INSTANCE === instance) return [name, pid];
  throw new Error(`no process calls itself ${instance}`);
}

import { setTimeout as sleep } from 'node:timers/promises';
import { inHouse, type House } from '../house';
import type { FaultAccount } from '../ledger';
import type { Random } from '../random';
import { runRound, type RoundProgress } from '../round';
import type { Scene } from './scenario';

/** Many groups of one row, a projector that stands still again and again, and a receiver that reads the URL it is told at once. */
export async function webhookEarlyScenario(scene: Scene): Promise<void> {
  const { options, reporter } = scene;
  const random = scene.random.fork('webhook-early');
  const left = await inHouse(
    {
      root: scene.root,
      random,
      args: ['--emulator-speed', '200'],
      env: {},
      emulatorFaults: [],
      failingWebhooks: 0,
    },
    async (house) => {
      const group = { afterMs: 0, rows: 1, readers: 0, pollMs: 0, repeated: false };
      const groups = Array.from({ length: options.groups }, () => group);
      const deadlineMs = 60_000 + options.groups * 600;
      const plan = { name: 'webhook-early', random, groups, clients: 8, disturb: slowProjector(random), deadlineMs };
      const result = await runRound(house, plan);
      const { deliveries } = result.ledger;
      const read = deliveries.filter(({ seen }) => seen !== null).length;
      const note = `${deliveries.length} webhooks, ${read} of their URLs read at once`;
      await reporter.round({
        scenario: 'webhook-early',
        service: 'projector',
        name: plan.name,
        hit: [],
        note,
        ...result,
      });
      // Nothing that answers readers is disturbed here, so a URL that gave no answer is no excuse.
      const isWhole = deliveries.length >= options.groups && read === deliveries.length;
      reporter.check('every receiver read its URL', isWhole ? undefined : note);
    },
  );
  reporter.check('nothing was left running', left.length > 0 ? `still there: ${left.join(', ')}` : undefined);
}

const slowProjector =
  (random: Random) =>
  async ({ product, tables }: House, { over }: RoundProgress): Promise<FaultAccount[]> => {
    const faults: FaultAccount[] = [];
    while (!over.aborted) {
      await pause(random.between(100, 1_500), over);
      const pid = await product.pidOf('projector');
      const checkpoints = await tables.checkpoints();
      const at = Date.now();
      process.kill(pid, 'SIGSTOP');
      try {
        await pause(random.between(200, 2_500), over);
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      faults.push({ kind: 'freeze', service: 'projector', pid, at, until: Date.now(), checkpoints });
    }
    return faults;
  };

const pause = (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal }).catch(() => undefined);

import { existsSync, readFileSync, unlinkSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterHouse } from '../house';
import type { OrderedRound } from '../inside';
import { installForLedger, loadInTheDark, orderOf, pinned, removeRelease, runLedger } from '../ledger.rig';
import { replicasAreSpread } from '../placement';

/** The power of a node is cut in the middle of groups: first of one without Postgres, then of the one that has it. */
export async function powerStep(house: ClusterHouse): Promise<void> {
  const { report } = house;
  const folder = await mkdtemp(join(tmpdir(), 'multitask-power-'));
  const round = (node: number, store: boolean): OrderedRound => ({
    name: `power of node ${node}`,
    service: 'node',
    groups: loadInTheDark,
    acts: [{ kind: 'power', node, store, wish: join(folder, String(node)), afterMs: 4_000 }],
  });
  try {
    await report.step('release with Postgres on node 2 and the upstream on node 1', () =>
      // The waits after an unanswered purchase are those that users have.
      installForLedger(
        house,
        {},
        ...pinned('postgres', 'node-2'),
        ...pinned('emulator', 'node-1'),
        ...ingestorsOn(2, 3),
      ),
    );
    await report.check('replicas sit on different nodes', () => replicasAreSpread(house));
    await report.check('I1–I7 over a power cut of node 3, without Postgres: all goes on without it', () =>
      cut(house, round(3, false)),
    );
    await report.check(
      'I1–I7 over a power cut of node 2, with Postgres: it waits, says so, and goes on by itself',
      () => cut(house, round(2, true)),
    );
    await removeRelease(house);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Rather there than where Kubernetes itself lives, which keeps its power. */
const ingestorsOn = (...nodes: readonly number[]): string[] => {
  const at = 'services.stream-ingestor.affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0]';
  const expression = `${at}.preference.matchExpressions[0]`;
  return [
    `${at}.weight=100`,
    `${expression}.key=kubernetes.io/hostname`,
    `${expression}.operator=In`,
    ...nodes.map((node, i) => `${expression}.values[${i}]=node-${node}`),
  ];
};

/** One round; the ledger writes into a file what is to be done with the power, and waits to see it gone. */
async function cut(house: ClusterHouse, round: OrderedRound): Promise<string> {
  const [act] = round.acts;
  if (act?.kind !== 'power') throw new Error(`${round.name} cuts no power`);
  const order = await orderOf(house, [round], {
    deadlineMs: 420_000,
    // An answer to a purchase takes so long that one is always awaited.
    emulatorFaults: [
      { kind: 'delay', seconds: 0.4, match: { endpoint: 'create_group' } },
      { kind: 'delay', seconds: 5, when: 'after', match: { endpoint: 'add_runs' } },
    ],
  });
  let over = false;
  const ledger = runLedger(house, order).finally(() => (over = true));
  const obeyed = obey(house, act, () => over);
  return (await Promise.all([ledger, obeyed]))[0];
}

async function obey(house: ClusterHouse, { node, wish }: { node: number; wish: string }, isOver: () => boolean) {
  let isDark = false;
  while (!isOver()) {
    const state = existsSync(wish) ? readFileSync(wish, 'utf8') : '';
    if (state === 'off' || state === 'on') {
      await house.kubernetes.power(node, state);
      isDark = state === 'off';
      unlinkSync(wish);
    }
    await sleep(50);
  }
  if (isDark) await house.kubernetes.power(node, 'on');
}

import { mkdtemp, rm } from 'node:fs/promises';
import { existsSync, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../chaos/waiting';
import type { ClusterHouse } from '../house';
import { installForLedger, orderOf, removeRelease, runLedger } from '../ledger.rig';

/** Longer than Kubernetes takes to notice a node that fell silent (20 s), and to start its pods elsewhere (20 s more). */
const darkMs = 60_000;

/** The power of a node is cut in the middle of groups: first of one without Postgres, then of the one that has it. */
export async function powerStep(house: ClusterHouse): Promise<void> {
  const { report } = house;
  await report.step('release with Postgres on node 2 and the upstream on node 1', () =>
    installForLedger(house, ...pinned('postgres', 'node-2'), ...pinned('emulator', 'node-1')),
  );
  await report.check('I1–I7 over a power cut of node 3, without Postgres', () => cut(house, 3));
  await report.check('I1–I7 over a power cut of node 2, with Postgres, until it is back', () => cut(house, 2));
  await removeRelease(house);
}

const pinned = (part: string, node: string): string[] => [`${part}.nodeSelector.kubernetes\\.io/hostname=${node}`];

/** One round; the power goes off when the ledger asks for it by a file, which it waits to see gone. */
async function cut(house: ClusterHouse, node: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'multitask-power-'));
  const asked = join(folder, 'asked');
  const act = { afterMs: 6_000, command: ['sh', '-c', `touch ${asked}; while [ -e ${asked} ]; do sleep 0.1; done`] };
  const order = await orderOf(house, [{ name: `power of node ${node}`, service: 'node', acts: [act] }]);
  try {
    const ledger = runLedger(house, order);
    await Promise.race([until('the ledger asks', () => existsSync(asked), { timeoutMs: 120_000 }), ledger]);
    await house.kubernetes.power(node, 'off');
    unlinkSync(asked);
    await sleep(darkMs);
    await house.kubernetes.power(node, 'on');
    return await ledger;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

import { join } from 'node:path';
import { run } from '../command';
import { Consumption } from '../consumption';
import { chart, type ClusterHouse } from '../house';
import { neighbours } from '../images';
import type { OrderedRound } from '../inside';
import { installForLedger, load, longLoad, orderOf, pinned, quickWaits, removeRelease, runLedger } from '../ledger.rig';
import { replicasAreSpread } from '../placement';

const parts = [
  ...['api-gateway', 'stream-ingestor', 'projector', 'results-gateway', 'orchestrator', 'notifier'],
  ...['front-door', 'nats', 'postgres'],
];

/** Three NATS servers, two of every service, readers and groups under way: pods deleted by force, an upgrade, a rollback, drained nodes. */
export async function faultsStep(house: ClusterHouse): Promise<void> {
  const { report, kubernetes, image } = house;
  const next = `${image.split(':')[0]}:next`;
  await report.step('image of another release', async () => {
    await run('docker', ['tag', image, next]);
    await kubernetes.up(3, [...neighbours, image, next]);
  });
  await report.step('release of two of every service and three NATS servers', async () => {
    // What is one alone stays on the node that is not drained, and the upstream is not part of an upgrade.
    await installForLedger(house, quickWaits, ...pinned('postgres', 'node-1'), ...pinned('emulator', 'node-1'));
    const stays = JSON.stringify({ spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: null } } });
    const upstream = `statefulset/${house.release}-parallel-emulator`;
    await kubernetes.kubectl(['-n', house.namespace, 'patch', upstream, '--type=merge', '-p', stays]);
  });
  await report.check('replicas sit on different nodes', () => replicasAreSpread(house));
  const consumption = new Consumption(house);
  await report.check(
    'I1–I7, and every failed request, over deleted pods, an upgrade, a rollback and drained nodes',
    async () => runLedger(house, await orderOf(house, roundsOf(house, next))),
  );
  await report.check('kubectl top under this load', () => consumption.stop());
  await removeRelease(house);
}

function roundsOf({ parts: chosen, namespace, release, root }: ClusterHouse, next: string): OrderedRound[] {
  const rounds: OrderedRound[] = [
    { name: 'undisturbed', service: '-', groups: load, acts: [] },
    ...parts.map((part): OrderedRound => ({
      name: `delete ${part}`,
      service: part,
      groups: load,
      acts: [{ kind: 'delete', part, afterMs: 6_000 }],
    })),
    { name: 'no postgres', service: 'postgres', groups: longLoad, acts: [{ kind: 'away', afterMs: 6_000 }] },
    change('upgrade', [
      ...['helm', 'upgrade', release, join(root, chart), '-n', namespace, '--reuse-values'],
      ...['--set-string', `image.tag=${next.split(':')[1]}`, '--wait', '--timeout', '15m'],
    ]),
    change('rollback', ['helm', 'rollback', release, '1', '-n', namespace, '--wait', '--timeout', '15m']),
    {
      name: 'drain',
      service: 'nodes',
      groups: longLoad,
      acts: ['node-2', 'node-3'].map((node) => ({ kind: 'drain' as const, node, afterMs: 6_000 })),
    },
  ];
  if (chosen === undefined) return rounds;
  const all = Object.fromEntries(rounds.map((round) => [round.name, round]));
  return chosen.map((part) => all[part] ?? all[`delete ${part}`]!);
}

const change = (what: string, command: readonly string[]): OrderedRound => ({
  name: what,
  service: what,
  groups: longLoad,
  acts: [{ kind: 'change', what, command, afterMs: 6_000 }],
});

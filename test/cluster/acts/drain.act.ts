import { run } from '../command';
import { unnoticed, type ActAccount, type ActOf, type Stage } from './act';

/**
 * Every pod of a node is evicted as its budget allows, the node takes none for a while, and then is free again. Nobody notices, but
 * for streams through an evicted front door: those are given 5 s to end and resume elsewhere. While the node's NATS server is away,
 * its budget lets no other one go.
 */
export async function drainNode({ node }: ActOf<'drain'>, { release }: Stage): Promise<ActAccount> {
  const at = Date.now();
  const faults: string[] = [];
  let waits = 0;
  try {
    const chosen = [`--pod-selector=${release.selector}`, '--delete-emptydir-data', '--ignore-daemonsets'];
    const drained = await run('kubectl', ['drain', node, ...chosen, '--timeout=240s'], { mayFail: true });
    if (drained.code !== 0) faults.push(`${node} was not drained: ${drained.stderr.slice(-500)}`);
    waits = drained.stderr.split("violate the pod's disruption budget").length - 1;
    faults.push(...(await otherServerStays(node, release)));
  } finally {
    await run('kubectl', ['uncordon', node]);
  }
  await release.settled(180_000);
  const done = Date.now();
  return {
    fault: { kind: 'stop', service: node, at, until: done },
    disturbance: { what: `${node} drained`, from: at, until: done, ...unnoticed, breaks: ['front-door'] },
    faults,
    says: `${node} drained in ${((done - at) / 1_000).toFixed(1)} s, an eviction had to wait ${waits}×`,
  };
}

async function otherServerStays(node: string, release: Stage['release']): Promise<string[]> {
  const other = (await release.podsOf('nats')).find((pod) => pod.node !== node);
  if (other === undefined) return ['no NATS server is left'];
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: other.name } };
  const { code, stderr } = await release.post(`pods/${other.name}/eviction`, eviction);
  return code !== 0 && /disruption budget/.test(stderr)
    ? []
    : [`${other.name} could be evicted beside the server of ${node}: ${stderr.slice(0, 300)}`];
}

import type { ClusterHouse } from './house';

interface Pod {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: { readonly nodeName: string };
}

/** Sees that no two replicas of a part share a node. */
export async function replicasAreSpread({ kubernetes, namespace, release }: ClusterHouse): Promise<string> {
  const chosen = ['-l', `app.kubernetes.io/instance=${release}`];
  const { items } = await kubernetes.json<{ items: Pod[] }>(['-n', namespace, 'get', 'pods', ...chosen]);
  const nodes = new Map<string, string[]>();
  for (const { metadata, spec } of items) {
    const part = metadata.labels['app.kubernetes.io/component']!;
    nodes.set(part, [...(nodes.get(part) ?? []), spec.nodeName]);
  }
  const together = [...nodes].filter(([, on]) => new Set(on).size < on.length).map(([part]) => part);
  if (together.length > 0) throw new Error(`replicas share a node: ${together.join(', ')}`);
  const spread = [...nodes].filter(([, on]) => on.length > 1).map(([part, on]) => `${part} ${on.length}`);
  if (spread.length === 0) throw new Error('nothing has more than one replica');
  return spread.join(', ');
}

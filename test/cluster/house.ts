import type { Kubernetes } from './kubernetes';
import type { Report } from './report';

/** What every step gets. */
export interface ClusterHouse {
  readonly root: string;
  readonly node: string;
  readonly kubernetes: Kubernetes;
  readonly report: Report;
  readonly image: string;
  readonly namespace: string;
  readonly release: string;
  /** What the step `faults` does, by kinds of pods and names of rounds; all unless said. */
  readonly parts: readonly string[] | undefined;
  /** The short form, which is part of every check: it judges no times. */
  readonly short: boolean;
}

export const chart = 'helm/multitask';

/** Values that name the image under test. */
export const imageValues = (image: string): string[] => {
  const [repository, tag] = image.split(':');
  return ['--set-string', `image.repository=${repository},image.tag=${tag}`];
};

/** A namespace that admits nothing but pods of the restricted standard. */
export async function makeNamespace({ kubernetes, namespace }: ClusterHouse): Promise<void> {
  const labels = Object.fromEntries(
    ['enforce', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']),
  );
  await kubernetes.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } }]);
}

export async function installTrial(house: ClusterHouse, ...more: string[]): Promise<string> {
  const { kubernetes, namespace, release, root, image } = house;
  const values = ['-f', `${chart}/values-trial.yaml`, ...imageValues(image), ...more];
  const args = ['install', release, chart, '-n', namespace, ...values, '--wait', '--timeout', '15m'];
  return (await kubernetes.helm(args, { cwd: root })).stdout;
}

/** What the cluster knows of a release that does not come up. */
export async function tellTroubles({ kubernetes, namespace }: ClusterHouse): Promise<string> {
  const pods = await kubernetes.kubectl(['-n', namespace, 'get', 'pods', '-o', 'wide'], { mayFail: true });
  const events = await kubernetes.kubectl(['-n', namespace, 'get', 'events', '--sort-by=.lastTimestamp'], {
    mayFail: true,
  });
  return `${pods}\n${events.split('\n').slice(-15).join('\n')}`;
}

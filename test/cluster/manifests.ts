import { run } from './command';
import type { ClusterHouse } from './house';

/** The specs of the rendered chart, with the helm that came with the cluster: none of them is left out here. */
export async function testManifests({ root, node, kubernetes }: ClusterHouse): Promise<string> {
  const { stdout } = await kubernetes.inside(['sh', '-c', 'command -v helm']);
  const jest = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', 'test/helm', '--ci'];
  const env = { HELM: stdout.trim(), TEST_TIER: 'int' };
  const { stderr } = await run(node, jest, { cwd: root, env, timeoutMs: 300_000 });
  return /^Tests:.*$/m.exec(stderr)?.[0] ?? '';
}

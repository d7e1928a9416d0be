import { chart, installTrial, makeNamespace, type ClusterHouse } from '../house';
import { until } from '../../chaos/waiting';

const firstGroupSeconds = 180;

/** From nothing to a finished group, by the very commands that the notes print; then the release's own test, and its end. */
export async function installStep(house: ClusterHouse): Promise<void> {
  const { kubernetes, namespace, release, report, root } = house;
  await report.step('namespace with the restricted standard', () => makeNamespace(house));
  await report.check('helm lint --strict', async () => {
    for (const values of ['trial', 'production'])
      await kubernetes.helm(['lint', '--strict', chart, '-f', `${chart}/values-${values}.yaml`], { cwd: root });
  });
  const since = Date.now();
  let notes = '';
  await report.step('helm install --wait', async () => {
    notes = await installTrial(house);
  });
  await report.step('a finished group by the commands of the notes', async () => {
    const rows = await groupByNotes(house, notes);
    const seconds = Math.round((Date.now() - since) / 1_000);
    // What a machine takes that does much else at the same time says nothing: the short form is part of every check.
    if (!house.short && seconds > firstGroupSeconds)
      throw new Error(`${seconds} s from helm install to it, more than ${firstGroupSeconds}`);
    return `${rows.length} rows completed, ${seconds} s after helm install began`;
  });
  await report.check('the operator token by the command of the notes', async () => {
    const command = commandOf(notes, 'get secret');
    const { stdout } = await kubernetes.inside(['sh', '-c', command]);
    if (stdout.trim().length < 16) throw new Error(`it printed "${stdout}"`);
  });
  await report.check('helm test', async () => {
    await kubernetes.helm(commandOf(notes, 'helm test').split(' ').slice(1), { timeoutMs: 300_000 });
  });
  await report.check('helm uninstall keeps secrets and volumes', () => uninstall(house));
  await report.step('nothing else is left', async () => {
    await kubernetes.kubectl(['delete', 'namespace', namespace, '--timeout=120s']);
    return `release ${release}`;
  });
}

/** The indented line of the notes that holds these words. */
function commandOf(notes: string, words: string): string {
  const line = notes.split('\n').find((one) => one.startsWith('  ') && one.includes(words));
  if (line === undefined) throw new Error(`the notes print no command with "${words}":\n${notes}`);
  return line.trim();
}

async function groupByNotes({ kubernetes }: ClusterHouse, notes: string): Promise<Row[]> {
  const forward = kubernetes.background(['sh', '-c', `exec ${commandOf(notes, 'port-forward')}`]);
  let said = '';
  for (const stream of [forward.stdout, forward.stderr])
    stream!.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await until('the port is forwarded', () => said.includes('Forwarding from'), { timeoutMs: 60_000 });
  const created = await kubernetes.inside(['sh', '-c', `${commandOf(notes, 'curl')} -sS`]);
  const url = created.stdout.trim();
  const rows = await until(
    `three completed rows at ${url}`,
    async () => {
      const { stdout } = await kubernetes.inside(['curl', '-sS', `${url}.json`]);
      const { results } = JSON.parse(stdout) as { results?: Row[] };
      return results?.length === 3 && results.every(({ $status }) => $status === 'completed') ? results : undefined;
    },
    { timeoutMs: 180_000, everyMs: 250 },
  );
  forward.kill('SIGTERM');
  return rows;
}

interface Row {
  readonly $status: string;
}

async function uninstall({ kubernetes, namespace, release }: ClusterHouse): Promise<string> {
  await kubernetes.helm(['uninstall', release, '-n', namespace, '--wait', '--timeout', '3m']);
  const kinds =
    'deployments,statefulsets,services,configmaps,networkpolicies,poddisruptionbudgets,secrets,persistentvolumeclaims';
  const selector = `app.kubernetes.io/instance=${release}`;
  const left = await kubernetes.kubectl(['-n', namespace, 'get', kinds, '-l', selector, '-o', 'name']);
  const names = left.split('\n').filter(Boolean).sort();
  const expected = [
    `persistentvolumeclaim/data-${release}-nats-0`,
    `persistentvolumeclaim/data-${release}-parallel-emulator-0`,
    `persistentvolumeclaim/data-${release}-postgres-0`,
    `secret/${release}`,
  ];
  if (names.join() !== expected.join()) throw new Error(`left are ${names.join(', ')}`);
  return 'and nothing else';
}

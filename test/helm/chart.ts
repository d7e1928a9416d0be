import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';

const root = resolve(__dirname, '../..');
export const chart = join(root, 'helm/multitask');

/** The helm to render with: what HELM names, else the one on the path; undefined where there is none. */
export const helm: string | undefined = [process.env.HELM, 'helm'].find(
  (command) => command && spawnSync(command, ['version', '--short'], { stdio: 'ignore' }).status === 0,
);

/** `describe` where charts can be rendered; elsewhere the tests are skipped, and it is said where they are not. */
export function describeChart(name: string, tests: () => void): void {
  if (helm !== undefined) return describe(name, tests);
  // A run that must have helm says so by HELM: nothing is left out there.
  if (process.env.HELM) return it(`${name}: HELM runs`, () => expect(process.env.HELM).toBe('a helm that runs'));
  process.stderr.write(`left out: ${name} (no helm here; npm run test:cluster brings one and runs it)\n`);
  // Skipped by their own names: of a snapshot whose test is not there at all, jest says that it is obsolete, and fails.
  describe.skip(name, tests);
}

export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  // Each kind has a shape of its own; what a test asks of it, it knows.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly [field: string]: any;
}

export type Values = Readonly<Record<string, unknown>>;

/** What `helm install demo` would send, in its order. `files` are named as in the chart's folder. */
export function render(values: Values = {}, files: readonly string[] = []): KubernetesObject[] {
  const folder = mkdtempSync(join(tmpdir(), 'multitask-values-'));
  try {
    const file = join(folder, 'values.yaml');
    writeFileSync(file, JSON.stringify(values));
    const named = files.flatMap((name) => ['-f', join(chart, name)]);
    const args = ['template', 'demo', chart, '--namespace', 'trial', '--kube-version', '1.34.0', ...named, '-f', file];
    const text = execFileSync(helm!, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 2 ** 26 });
    // As Kubernetes reads it: there, an unquoted `yes` is a boolean.
    return parseAllDocuments(text, { version: '1.1' })
      .map((document) => document.toJS() as KubernetesObject | null)
      .filter((object) => object !== null);
  } catch (error) {
    throw new Error((error as { stderr?: string }).stderr ?? (error as Error).message, { cause: error });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function find(objects: readonly KubernetesObject[], kind: string, name: string): KubernetesObject {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (!found)
    throw new Error(
      `there is no ${kind} ${name}, only ${objects.map((o) => `${o.kind} ${o.metadata.name}`).join(', ')}`,
    );
  return found;
}

/** Generated secrets differ each time. */
export const withoutSecrets = (objects: readonly KubernetesObject[]): KubernetesObject[] =>
  objects.map((object) =>
    object.kind === 'Secret'
      ? { ...object, data: Object.fromEntries(Object.keys(object.data as object).map((key) => [key, '(generated)'])) }
      : object,
  );

/** The pod templates of everything that makes pods, and the pods. */
export const podSpecs = (
  objects: readonly KubernetesObject[],
): { readonly of: string; readonly spec: KubernetesObject['spec'] }[] =>
  objects.flatMap((object) => {
    const spec = object.kind === 'Pod' ? object.spec : object.spec?.template?.spec;
    return spec?.containers ? [{ of: `${object.kind} ${object.metadata.name}`, spec }] : [];
  });

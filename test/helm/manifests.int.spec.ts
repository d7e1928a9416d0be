import { describeChart, find, podSpecs, render, withoutSecrets, type KubernetesObject } from './chart';
import { hostileValues } from './hostile.values';
import { faultsOf } from './schema.validator';

describeChart('the rendered chart', () => {
  const variants: [string, () => KubernetesObject[]][] = [
    ['default', () => render()],
    ['trial', () => render({}, ['values-trial.yaml'])],
    ['production', () => render({}, ['values-production.yaml'])],
    ['hostile', () => render(hostileValues)],
  ];
  const rendered = new Map<string, KubernetesObject[]>();
  const of = (name: string): KubernetesObject[] => rendered.get(name)!;
  beforeAll(() => {
    for (const [name, make] of variants) rendered.set(name, make());
  });
  const names = variants.map(([name]) => name);

  // The default values are the trial's without the emulator.
  it.each(['trial', 'production', 'hostile'])('is for %s values exactly this', (name) => {
    expect(withoutSecrets(of(name))).toMatchSnapshot();
  });

  it('is what Kubernetes expects, for all of them', () => {
    expect(faultsOf(names.flatMap(of))).toEqual([]);
  });

  it('would be told of a fault', () => {
    const [first] = of('default').filter(({ kind }) => kind === 'Deployment');
    expect(faultsOf([{ ...first!, spec: { replicas: 'two' } }])).toEqual([
      expect.stringContaining(first!.metadata.name),
    ]);
  });

  it.each(names)('names no object twice, for %s values', (name) => {
    const all = of(name).map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    // The Job's Secret of another database may have the Job's name, being of another kind.
    expect(all).toEqual([...new Set(all)]);
  });

  it.each(names)('runs nothing as root, with no capability and no writable root, for %s values', (name) => {
    for (const { of: who, spec } of podSpecs(of(name))) {
      expect({ who, ...spec.securityContext }).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect({ who, token: spec.automountServiceAccountToken }).toEqual({ who, token: false });
      const ours = [...spec.containers, ...(spec.initContainers ?? [])].filter(({ image }) => image !== 'busybox:1');
      for (const { securityContext } of ours)
        expect({ who, ...securityContext }).toEqual({
          who,
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
    }
  });

  it.each(names)('has a NetworkPolicy for every pod, for %s values', (name) => {
    const policies = of(name).filter(({ kind }) => kind === 'NetworkPolicy');
    for (const object of of(name)) {
      const labels = object.kind === 'Pod' ? object.metadata.labels : object.spec?.template?.metadata?.labels;
      if (!labels) continue;
      const chosen = policies.filter(({ spec }) =>
        Object.entries(spec.podSelector.matchLabels).every(([key, value]) => labels[key] === value),
      );
      expect({ [object.metadata.name]: chosen.length }).toEqual({ [object.metadata.name]: 1 });
      expect(chosen[0]!.spec.policyTypes).toEqual(['Ingress', 'Egress']);
    }
  });

  it('asks three different questions of every service', () => {
    for (const service of [
      'api-gateway',
      'stream-ingestor',
      'projector',
      'results-gateway',
      'orchestrator',
      'notifier',
    ]) {
      const [container] = find(of('default'), 'Deployment', `demo-${service}`).spec.template.spec.containers;
      const paths = ['startupProbe', 'readinessProbe', 'livenessProbe'].map((probe) => container[probe].httpGet.path);
      expect(paths).toEqual(['/startupz', '/readyz', '/livez']);
    }
  });

  it('gives the key of the vault only to those who open it', () => {
    const holders = podSpecs(of('trial'))
      .filter(({ spec }) => JSON.stringify(spec).includes('vault-master-key'))
      .map(({ of: who }) => who);
    expect(holders.sort()).toEqual([
      'Deployment demo-api-gateway',
      'Deployment demo-notifier',
      'Deployment demo-stream-ingestor',
    ]);
  });
});

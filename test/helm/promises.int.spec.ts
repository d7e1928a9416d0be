import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chart, describeChart, find, render, type KubernetesObject, type Values } from './chart';
import { hostileValues } from './hostile.values';

describeChart('what Kubernetes never lets change', () => {
  const immutable = (objects: KubernetesObject[]) =>
    objects
      .filter(({ kind }) => kind === 'Deployment' || kind === 'StatefulSet')
      .map(({ kind, metadata, spec }) => ({
        object: `${kind} ${metadata.name}`,
        selector: spec.selector,
        ...(kind === 'StatefulSet' && { serviceName: spec.serviceName, podManagementPolicy: spec.podManagementPolicy }),
        volumes: spec.volumeClaimTemplates?.map(({ metadata: { name, labels }, spec: { accessModes } }: any) => ({
          name,
          labels,
          accessModes,
        })),
      }));

  it('stays as it was released', () => {
    expect(immutable(render({}, ['values-trial.yaml']))).toMatchSnapshot();
  });

  const sizes = { nats: { ...hostileValues.nats, volume: {} }, postgres: {}, emulator: { enabled: true } };
  const changes: [string, Values][] = [
    ['everything that may change', { ...hostileValues, fullnameOverride: '', ...sizes }],
    ['another image', { emulator: { enabled: true }, image: { repository: 'other', tag: '9.9.9' } }],
    ['labels', { emulator: { enabled: true }, commonLabels: { team: 'a' }, defaults: { podLabels: { b: 'c' } } }],
  ];
  it.each(changes)('stays the same over a change of %s', (_, values) => {
    expect(immutable(render(values))).toEqual(immutable(render({ emulator: { enabled: true } })));
  });

  it('holds no version in a template of a volume', () => {
    for (const { spec } of render({}, ['values-trial.yaml']).filter(({ kind }) => kind === 'StatefulSet'))
      expect(spec.volumeClaimTemplates.map(({ metadata }: any) => metadata)).toEqual([{ name: 'data' }]);
  });
});

describeChart('values that cannot be meant', () => {
  const wrong: [string, Values, RegExp][] = [
    ['an unknown key', { replicas: 2 }, /additional properties 'replicas' not allowed/],
    ['an unknown service', { services: { projectr: {} } }, /additional properties 'projectr' not allowed/],
    ['two NATS servers', { nats: { replicas: 2 } }, /\/nats\/replicas.*one of 1, 3/],
    ['NATS from nowhere', { nats: { builtIn: false } }, /\/nats\/url/],
    ['Postgres from nowhere', { postgres: { builtIn: false } }, /\/postgres\/url/],
    ['a route to no gateway', { httpRoute: { enabled: true } }, /\/httpRoute\/parentRefs/],
    ['a public URL with a path', { publicUrl: 'https://a.example/b' }, /\/publicUrl/],
    [
      'a drain longer than the grace',
      { defaults: { drainSeconds: 25 } },
      /drainSeconds \(25\) must be at least 10 below/,
    ],
    [
      'a clock for tests',
      { defaults: { env: { MULTITASK_TEST_CLOCK: '/clock' } } },
      /invalid propertyName 'MULTITASK_TEST_CLOCK'/,
    ],
    [
      'a clock for tests, smuggled',
      { defaults: { extraEnv: [{ name: 'MULTITASK_TEST_CLOCK', value: '/c' }] } },
      /extraEnv/,
    ],
    [
      'a setting that the chart makes',
      { services: { projector: { env: { NATS_URL: 'nats://x' } } } },
      /invalid propertyName 'NATS_URL'/,
    ],
    [
      'a variable set twice',
      { defaults: { extraEnv: [{ name: 'DATABASE_URL', value: 'x' }] } },
      /DATABASE_URL is set twice/,
    ],
    ['a number of words', { defaults: { replicas: 'two' } }, /\/defaults\/replicas/],
  ];
  it.each(wrong)('are refused: %s', (_, values, message) => {
    expect(() => render(values)).toThrow(message);
  });
});

describeChart('what a service is told', () => {
  it('is what the values say where the chart has an opinion of its own', () => {
    const env = { PACE_RUNS_PER_MINUTE: 1_800 };
    const objects = render({ emulator: { enabled: true }, services: { 'stream-ingestor': { env } } });
    const paces = ['api-gateway', 'stream-ingestor'].map((service) =>
      find(objects, 'Deployment', `demo-${service}`)
        .spec.template.spec.containers[0].env.filter(({ name }: { name: string }) => name === 'PACE_RUNS_PER_MINUTE')
        .map(({ value }: { value: string }) => value),
    );
    expect(paces).toEqual([['60000'], ['1800']]);
  });
});

describeChart('who may talk to whom', () => {
  const parts = (peers: any[]): string[] =>
    peers.flatMap((peer) => peer.podSelector?.matchExpressions?.[0].values ?? [JSON.stringify(peer)]);
  const policy = (values: Values, part: string) => find(render(values), 'NetworkPolicy', `demo-${part}`).spec;
  const services = ['api-gateway', 'notifier', 'orchestrator', 'projector', 'results-gateway', 'stream-ingestor'];

  it('lets only our services reach the stores', () => {
    expect(policy({}, 'nats').ingress.map(({ from, ports }: any) => [parts(from), ports])).toEqual([
      [services, [{ port: 'client' }]],
      [['nats'], [{ port: 'cluster' }]],
    ]);
    expect(policy({}, 'postgres').ingress.map(({ from }: any) => parts(from))).toEqual([[...services, 'migrate']]);
  });

  it('lets only the front door and an ingress reach the gateways', () => {
    expect(parts(policy({}, 'api-gateway').ingress[0].from)).toEqual(['front-door']);
    const withIngress = { ingress: { enabled: true }, frontDoor: { enabled: false } };
    expect(policy(withIngress, 'results-gateway').ingress[0].from).toEqual([
      { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress-nginx' } } },
    ]);
  });

  it('lets only those who call users’ addresses and the upstream reach the outside, and private ranges by name alone', () => {
    const objects = render({ networkPolicy: { allowPrivate: ['10.1.2.3/32'] } });
    const outside = services.filter((part) =>
      JSON.stringify(find(objects, 'NetworkPolicy', `demo-${part}`).spec.egress).includes('0.0.0.0/0'),
    );
    expect(outside).toEqual(['api-gateway', 'notifier', 'stream-ingestor']);
    const blocks = find(objects, 'NetworkPolicy', 'demo-notifier').spec.egress.flatMap(({ to }: any) =>
      to.flatMap(({ ipBlock }: any) => (ipBlock ? [ipBlock] : [])),
    );
    expect(blocks[0].except).toEqual(
      expect.arrayContaining(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16']),
    );
    expect(blocks.map(({ cidr }: any) => cidr)).toEqual(['0.0.0.0/0', '2000::/3', '10.1.2.3/32']);
  });
});

describeChart('the front door of the chart', () => {
  it('routes by the same table as Ingress and HTTPRoute', () => {
    const objects = render(hostileValues);
    const prefix = hostileValues.fullnameOverride;
    const rules = find(objects, 'Ingress', prefix).spec.rules[0].http.paths.map(({ path, pathType, backend }: any) => [
      path,
      pathType,
      backend.service.name,
    ]);
    const routes = find(objects, 'HTTPRoute', prefix).spec.rules.flatMap(({ matches, backendRefs }: any) =>
      matches.map(({ path }: any) => [path.value, path.type.replace('PathPrefix', 'Prefix'), backendRefs[0].name]),
    );
    expect(routes.sort()).toEqual([...rules].sort());
    const nginx = find(objects, 'ConfigMap', `${prefix}-front-door`).data['nginx.conf'] as string;
    for (const [path, , service] of rules)
      expect(nginx).toContain(
        `location ${path === '/' && service.endsWith('results-gateway') ? '' : '= '}${path} { proxy_pass`,
      );
  });

  it('is an nginx configuration whose expressions are all filled in', () => {
    const text = readFileSync(join(chart, 'files/front-door.conf'), 'utf8');
    expect(text).toContain('{{');
    expect(JSON.stringify(find(render(), 'ConfigMap', 'demo-front-door'))).not.toContain('{{');
  });
});

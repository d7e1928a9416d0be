import type { Kubernetes } from './kubernetes';

/** Asks from a pod whether addresses take a connection. The pod's image has Node. */
export async function openFrom(
  kubernetes: Kubernetes,
  from: { readonly namespace: string; readonly pod: string; readonly container?: string },
  addresses: readonly string[],
): Promise<string[]> {
  const script = `
    const net = require('net');
    const ask = (address) => new Promise((resolve) => {
      const [host, port] = address.split(':');
      const socket = net.connect({ host, port: Number(port), timeout: 2500 });
      const end = (open) => { socket.destroy(); resolve(open ? address : undefined); };
      socket.on('connect', () => end(true)).on('timeout', () => end(false)).on('error', () => end(false));
    });
    Promise.all(process.argv.slice(1).map(ask)).then((open) => console.log(JSON.stringify(open.filter(Boolean))));`;
  const container = from.container === undefined ? [] : ['-c', from.container];
  const exec = ['-n', from.namespace, 'exec', from.pod, ...container, '--', 'node', '-e', script, ...addresses];
  return JSON.parse(await kubernetes.kubectl(exec, { timeoutMs: 60_000 })) as string[];
}

/** A pod of the image that does nothing, or listens, as the restricted standard wants it. */
export const idlePod = (name: string, namespace: string, image: string, listenOn?: number): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, labels: { app: name } },
  spec: {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 0,
    securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name,
        image,
        imagePullPolicy: 'IfNotPresent',
        command: ['node', '-e', `require('http').createServer((_, r) => r.end('here')).listen(${listenOn ?? 1024})`],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
      },
    ],
  },
});

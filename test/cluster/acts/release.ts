import { connect } from 'node:net';
import { until } from '../../chaos/waiting';
import { run, type CommandResult } from '../command';

interface Pod {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly spec: { readonly nodeName?: string };
  readonly status: { readonly podIP?: string; readonly phase: string };
}

interface Workload {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly generation: number };
  readonly spec: { readonly replicas: number };
  readonly status: {
    readonly observedGeneration?: number;
    readonly readyReplicas?: number;
    readonly replicas?: number;
    readonly updatedReplicas?: number;
  };
}

/** The release as somebody in the cluster's network deals with it. */
export class Release {
  readonly #namespace: string;
  readonly #name: string;

  constructor({ namespace, release }: { readonly namespace: string; readonly release: string }) {
    this.#namespace = namespace;
    this.#name = release;
  }

  get selector(): string {
    return `app.kubernetes.io/instance=${this.#name}`;
  }

  kubectl(args: readonly string[], options: { mayFail?: boolean; input?: string } = {}): Promise<CommandResult> {
    return run('kubectl', ['-n', this.#namespace, ...args], options);
  }

  /** Creates something that only the API itself knows how to take. */
  post(path: string, body: object): Promise<CommandResult> {
    const at = `/api/v1/namespaces/${this.#namespace}/${path}`;
    return this.kubectl(['create', '--raw', at, '-f', '-'], { input: JSON.stringify(body), mayFail: true });
  }

  nameOf(part: string): string {
    return `${this.#name}-${part}`;
  }

  /** Running ones that nobody has told to end. */
  async podsOf(part: string): Promise<{ readonly name: string; readonly ip: string; readonly node: string }[]> {
    const selector = `${this.selector},app.kubernetes.io/component=${part}`;
    const { stdout } = await this.kubectl(['get', 'pods', '-l', selector, '-o', 'json']);
    return (JSON.parse(stdout) as { items: Pod[] }).items
      .filter(({ metadata, status }) => status.phase === 'Running' && metadata.deletionTimestamp === undefined)
      .map(({ metadata, spec, status }) => ({ name: metadata.name, ip: status.podIP!, node: spec.nodeName! }));
  }

  /** Resolves once every part has the pods it should have, all ready, and no other. */
  async settled(timeoutMs: number): Promise<void> {
    let missing = '';
    const whole = async () => {
      const { stdout } = await this.kubectl(['get', 'deployments,statefulsets', '-l', this.selector, '-o', 'json']);
      const incomplete = (JSON.parse(stdout) as { items: Workload[] }).items.filter(
        ({ metadata, spec, status }) =>
          (status.observedGeneration ?? 0) < metadata.generation ||
          (status.readyReplicas ?? 0) !== spec.replicas ||
          (status.replicas ?? 0) !== spec.replicas,
      );
      missing = incomplete.map(({ metadata }) => metadata.name).join(', ');
      return incomplete.length === 0;
    };
    await until('every part is whole', whole, { timeoutMs, everyMs: 500 }).catch((error: Error) => {
      throw new Error(`${error.message}: ${missing}`);
    });
  }
}

/** Whether somebody takes a connection there. */
export const takesConnections = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 500 });
    const end = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket
      .once('connect', () => end(true))
      .once('timeout', () => end(false))
      .once('error', () => end(false));
  });

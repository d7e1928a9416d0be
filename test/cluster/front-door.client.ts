import type { Kubernetes } from './kubernetes';

/** Talks to the front door from inside the cluster's network. */
export class FrontDoorClient {
  readonly #kubernetes: Kubernetes;
  readonly #origin: string;

  constructor(kubernetes: Kubernetes, release: string, namespace: string) {
    this.#kubernetes = kubernetes;
    this.#origin = `http://${release}-front-door.${namespace}.svc.cluster.local`;
  }

  /** Creates a group and waits until its rows are completed; answers its id. */
  async finishedGroup(rows: number): Promise<string> {
    const script = `
      const origin = process.argv[1], rows = Number(process.argv[2]);
      const body = JSON.stringify({ inputs: Array.from({ length: rows }, (_, row) => ({ country: 'c' + row })), output_type: 'json', output_description: 'capital', processor: 'lite' });
      const headers = { 'content-type': 'application/json', accept: 'application/json' };
      (async () => {
        const { taskgroup_id: id } = await (await fetch(origin + '/v1beta/tasks/multitask', { method: 'POST', headers, body })).json();
        for (;;) {
          const { results } = await (await fetch(origin + '/' + id + '.json')).json();
          if (results?.length === rows && results.every(({ $status }) => $status === 'completed')) return console.log(id);
          await new Promise((resolve) => setTimeout(resolve, 250));
        }
      })();`;
    const answer = await this.#kubernetes.inside([process.execPath, '-e', script, this.#origin, String(rows)], {
      timeoutMs: 120_000,
    });
    return answer.stdout.trim();
  }

  async completedRows(id: string): Promise<number> {
    const { stdout } = await this.#kubernetes.inside(['curl', '-sS', '-m', '20', `${this.#origin}/${id}.json`]);
    const { results } = JSON.parse(stdout) as { results?: { $status: string }[] };
    return results?.filter(({ $status }) => $status === 'completed').length ?? 0;
  }

  /** Asks for a group five times a second until the end; `stop` tells how often, and what was not a 200. */
  watch(id: string): { stop(): Promise<{ asked: number; failed: string[] }> } {
    const script = `
      let asked = 0, over = false; const failed = [];
      process.stdin.on('end', () => (over = true)).resume();
      (async () => {
        while (!over) {
          asked++;
          const answer = await fetch(process.argv[1], { signal: AbortSignal.timeout(15000) }).then((a) => a.arrayBuffer().then(() => a.status), (e) => e.cause?.code ?? e.name);
          if (answer !== 200) failed.push(new Date().toISOString() + ' ' + answer);
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
        console.log(JSON.stringify({ asked, failed }));
        process.exit();
      })();`;
    const child = this.#kubernetes.background([process.execPath, '-e', script, `${this.#origin}/${id}.json`], 'pipe');
    let said = '';
    child.stdout!.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    return {
      stop: async () => {
        child.stdin!.end();
        await ended;
        return JSON.parse(said) as { asked: number; failed: string[] };
      },
    };
  }
}

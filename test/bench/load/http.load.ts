import { Agent, request } from 'node:http';
import { answerQuestions } from '../rig/worker';

interface Load {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly status: number;
  readonly connections: number;
  readonly milliseconds: number;
}

answerQuestions({
  /** So many connections, each with the next request as soon as it has its answer: how many answers a second. */
  async run(load: Load) {
    const agent = new Agent({ keepAlive: true, maxSockets: load.connections });
    const startedAt = performance.now();
    let answers = 0;
    const lane = async () => {
      while (performance.now() - startedAt < load.milliseconds) {
        const status = await once(agent, load);
        if (status !== load.status) throw new Error(`${load.url} answered ${status}`);
        answers++;
      }
    };
    await Promise.all(Array.from({ length: load.connections }, lane));
    agent.destroy();
    return { perSecond: answers / ((performance.now() - startedAt) / 1_000), answers };
  },
});

const once = (agent: Agent, { url, method, headers, body }: Load): Promise<number> =>
  new Promise((resolve, reject) => {
    const outgoing = request(url, { agent, method, headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode!));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });

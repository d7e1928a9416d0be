import type { Problem } from '@multitask/contracts';
import { connectNats, openJetStreamLog } from '@multitask/event-log';
import { createLogger, startService, type RunningService } from '@multitask/platform';
import { createTestDatabase, startTestNats } from '@multitask/testing';
import { orchestrator } from '../index';

export const tokens = {
  operator: 'operator-operator',
  red: 'red-red-red-red-red',
  blue: 'blue-blue-blue-blue',
} as const;
export type Who = keyof typeof tokens;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // Tests look into answers of every operation.
  readonly body: any;
}

/** A database and a NATS server of their own, and as many orchestrators as a test starts. */
export async function openHouse(more: Record<string, string> = {}) {
  const [nats, database] = await Promise.all([startTestNats(), createTestDatabase({ empty: true })]);
  // Beside the log, as everywhere: streams of one server must not want the same subjects.
  const logger = createLogger('test', { level: 'silent', format: 'json' });
  const connection = await connectNats({ servers: nats.url, name: 'test', logger });
  await openJetStreamLog(connection, { replicas: 1, logger });
  await connection.close();
  const env: Record<string, string> = {
    PORT: '0',
    OPS_PORT: '0',
    LOG_LEVEL: process.env.LOG_LEVEL ?? 'silent',
    NATS_URL: nats.url,
    DATABASE_URL: database.url,
    OPERATOR_TOKEN: tokens.operator,
    ORCHESTRATION_TOKENS: `red=${tokens.red},blue=${tokens.blue}`,
    ORCHESTRATION_SWEEP_MS: '100',
    ...more,
  };
  const running = new Set<RunningService>();
  const start = async (own: Record<string, string> = {}): Promise<Replica> => {
    const instance = { SERVICE_INSTANCE: `orchestrator-${running.size}` };
    const service = await startService(orchestrator, { ...env, ...instance, ...own }, { processMetrics: false });
    running.add(service);
    return new Replica(service);
  };
  return {
    nats,
    database,
    start,
    async close() {
      await Promise.all([...running].map((service) => service.close()));
      await Promise.all([nats.stop(), database.drop()]);
    },
  };
}
export type House = Awaited<ReturnType<typeof openHouse>>;

/** One orchestrator as its callers see it. */
export class Replica {
  readonly origin: string;

  constructor(readonly service: RunningService) {
    this.origin = `http://127.0.0.1:${service.port}`;
  }

  async send(path: string, init: RequestInit = {}): Promise<Answer> {
    const response = await fetch(this.origin + path, { redirect: 'manual', ...init });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  post(operation: string, input: unknown, who: Who = 'operator', init: RequestInit = {}): Promise<Answer> {
    const headers = { authorization: `Bearer ${tokens[who]}`, 'content-type': 'application/json', ...init.headers };
    const body = typeof input === 'string' ? input : JSON.stringify(input);
    return this.send(`/v1/orchestration/${operation}`, { method: 'POST', ...init, headers, body });
  }

  get(path: string, who: Who = 'operator'): Promise<Answer> {
    return this.send(`/v1/orchestration/${path}`, { headers: { authorization: `Bearer ${tokens[who]}` } });
  }

  /** The output of an operation that has to succeed. */
  async call(operation: string, input: unknown, who: Who = 'operator'): Promise<any> {
    const { status, body } = await this.post(operation, input, who);
    if (status !== 200) throw new Error(`${operation}: ${JSON.stringify(body as Problem)}`);
    return body;
  }
}

/** What a worker shows of a claim. */
export const tripleOf = (claim: any) => ({
  taskId: claim.task.id as string,
  leaseId: claim.lease.id as string,
  workerId: claim.lease.workerId as string,
});

import { startService } from '@multitask/platform';
import { parallelEmulator } from '../parallel-emulator';
import { readStream, type ReadStream } from './stream-reader';

export type Answer = { status: number; headers: Headers; body: any };

export interface RequestOptions {
  readonly method?: string;
  readonly body?: unknown;
  /** null sends none. */
  readonly key?: string | null;
  readonly headers?: Record<string, string>;
}

/** An emulator of its own in this process, with plain HTTP at hand. Fast enough that nothing has to be waited for. */
export async function launchEmulator(env: Record<string, string> = {}) {
  const running = await startService(
    parallelEmulator,
    { PORT: '0', OPS_PORT: '0', LOG_LEVEL: 'silent', EMULATOR_SPEED: '2000', ...env },
    { processMetrics: false },
  );
  const origin = `http://127.0.0.1:${running.port}`;

  const send = (path: string, { method, body, key = 'key-one', headers = {} }: RequestOptions = {}) =>
    fetch(origin + path, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: {
        ...(key === null ? {} : { 'x-api-key': key }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    });

  const call = async (path: string, options?: RequestOptions): Promise<Answer> => {
    const response = await send(path, options);
    const text = await response.text();
    const body = response.headers.get('content-type')?.includes('json') && text ? JSON.parse(text) : text;
    return { status: response.status, headers: response.headers, body };
  };

  const stream = async (path: string, options?: RequestOptions): Promise<ReadStream> =>
    readStream(await send(path, options));

  const newGroup = async (key?: string): Promise<string> =>
    (await call('/v1/tasks/groups', { body: {}, key })).body.taskgroup_id;

  const addRuns = (group: string, inputs: unknown[], more: { spec?: unknown; key?: string; query?: string } = {}) =>
    call(`/v1/tasks/groups/${group}/runs${more.query ?? ''}`, {
      body: { inputs, ...(more.spec !== undefined && { default_task_spec: more.spec }) },
      key: more.key,
    });

  const faults = async (...list: object[]) => {
    const answer = await call('/_emulator/faults', { method: 'PUT', body: { faults: list } });
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  };

  return { ...running, origin, send, call, stream, newGroup, addRuns, faults };
}

export type LaunchedEmulator = Awaited<ReturnType<typeof launchEmulator>>;

/** So many inputs for the cheapest processor, each with a row key. */
export const rows = (count: number, from = 0): object[] =>
  Array.from({ length: count }, (_, i) => ({
    input: { company: `Company ${from + i}` },
    processor: 'lite',
    metadata: { k: String(from + i) },
  }));

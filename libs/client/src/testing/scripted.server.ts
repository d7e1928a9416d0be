import type { Fetch } from '../request/transport';

/** What came in. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: RequestInit['body'];
  readonly redirect: RequestInit['redirect'];
}

/** An answer, or how the connection fails. */
export type Scripted = Response | Error | ((request: SeenRequest) => Response) | 'hangs';

/** A platform's `fetch` that answers as the script says. */
export class ScriptedServer {
  readonly seen: SeenRequest[] = [];

  constructor(private readonly script: Scripted[]) {}

  fetch: Fetch = async (url, init) => {
    const { method = 'GET', headers, body, redirect, signal } = init;
    const request = { method, url, headers: new Headers(headers), body, redirect };
    this.seen.push(request);
    signal?.throwIfAborted();
    const next = this.script.shift() ?? new Error('the script has ended');
    if (next === 'hangs')
      return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
    if (next instanceof Error) throw next;
    return typeof next === 'function' ? next(request) : next;
  };
}

export const answered = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } });

export const problem = (
  code: string,
  status: number,
  more: object = {},
  headers: Record<string, string> = {},
): Response =>
  answered(
    { code, status, title: code, detail: `This is ${code}.`, retryable: status >= 500, ...more },
    status,
    headers,
  );

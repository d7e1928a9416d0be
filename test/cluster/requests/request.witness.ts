/** One request through the front door, from the moment it was begun to its whole answer. */
export interface RequestAccount {
  readonly method: string;
  readonly path: string;
  /** What a repetition has in common with it. */
  readonly key: string;
  readonly at: number;
  readonly endedAt: number;
  /** null: there was no whole answer. */
  readonly status: number | null;
  readonly retryAfter: string | null;
  readonly type: string;
  /** The beginning of a refusal, or why there was no answer. */
  readonly says: string;
}

/**
 * Sees every request of this process to one origin, whoever makes it: it stands before `fetch`. Answers are read to their end
 * before they are passed on, so that one cut in the middle counts as failed; event streams are passed on as they come, and their
 * readers tell of cuts. Requests whose caller left on purpose are not counted.
 */
export class RequestWitness {
  readonly #requests: RequestAccount[] = [];
  readonly #plain = globalThis.fetch;

  constructor(origin: string) {
    globalThis.fetch = (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input);
      return url.origin === origin ? this.#watched(url, init) : this.#plain(input, init);
    };
  }

  /** Those begun since. */
  since(at: number): RequestAccount[] {
    return this.#requests.filter((request) => request.at >= at);
  }

  close(): void {
    globalThis.fetch = this.#plain;
  }

  async #watched(url: URL, init: RequestInit | undefined): Promise<Response> {
    const method = init?.method ?? 'GET';
    const path = url.pathname;
    const at = Date.now();
    const ordered = new Headers(init?.headers).get('idempotency-key') ?? '';
    const key = `${method} ${path}${url.searchParams.has('dry_run') ? '?dry_run' : ''} ${ordered}`;
    const note = (status: number | null, headers: Headers, says: string) => {
      const retryAfter = headers.get('retry-after');
      const type = headers.get('content-type') ?? '';
      this.#requests.push({ method, path, key, at, endedAt: Date.now(), status, retryAfter, type, says });
    };
    try {
      const answer = await this.#plain(url, init);
      const { status, headers } = answer;
      if (headers.get('content-type')?.startsWith('text/event-stream')) {
        note(status, headers, '');
        return answer;
      }
      const body = await answer.arrayBuffer();
      note(status, headers, answer.ok ? '' : Buffer.from(body).toString('utf8').slice(0, 4_000));
      return new Response(body.byteLength > 0 ? body : null, { status, headers });
    } catch (error) {
      if (!leftOnPurpose(init?.signal)) note(null, new Headers(), causeOf(error as Error));
      throw error;
    }
  }
}

/** Its patience ran out is not the same as having seen enough. */
const leftOnPurpose = (signal: AbortSignal | null | undefined): boolean =>
  signal?.aborted === true && (signal.reason as Error | undefined)?.name !== 'TimeoutError';

const causeOf = (error: Error): string => {
  const cause = error.cause as { code?: string; message?: string } | undefined;
  return cause?.code ?? cause?.message ?? error.name;
};

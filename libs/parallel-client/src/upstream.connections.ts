import { Agent, fetch as undiciFetch } from 'undici';

const connectTimeoutMs = 10_000;

/** Above a result of 16 MiB in its worst spelling, and the answer to a purchase of 1,000 rows: no answer may fill the memory. */
const longestAnswer = { reads: 128 * 1024 * 1024, purchases: 8 * 1024 * 1024 };

/**
 * The sockets to the upstream of one process. HTTP/1.1 throughout: over one HTTP/2 connection a single lost packet would hold
 * up every group's stream.
 */
export class UpstreamConnections {
  /** For questions: connections are kept. */
  readonly reads = agent({ maxResponseSize: longestAnswer.reads });
  /** For event streams: silence is normal, so only the reader's own idle timer ends them. */
  readonly streams = agent({ bodyTimeout: 0 });
  /**
   * For purchases: each on a connection of its own. On a kept one that the server closes just now the request fails after it
   * was sent, and for 90 s nobody would know whether it was bought.
   */
  readonly purchases = agent({ pipelining: 0, maxResponseSize: longestAnswer.purchases });

  async close(): Promise<void> {
    await Promise.all([this.reads, this.streams, this.purchases].map((each) => each.destroy()));
  }
}

const agent = (options: Agent.Options): Agent =>
  new Agent({ allowH2: false, connect: { timeout: connectTimeoutMs }, ...options });

/**
 * The SDK's `fetch` over the given sockets. Its timeout words are replaced: they would hide that nothing was sent. No redirect
 * is followed: the key would travel with it, in a header that `fetch` takes along to any host.
 */
export const fetchOver = (dispatcher: Agent): typeof globalThis.fetch =>
  (async (input: never, init: object) => {
    try {
      return await undiciFetch(input, { ...init, dispatcher, redirect: 'error' });
    } catch (error) {
      const code = codeOf(error);
      if (code === 'UND_ERR_CONNECT_TIMEOUT') throw Object.assign(new Error('no connection'), { code });
      throw error;
    }
  }) as never;

const codeOf = (error: unknown): unknown => (error as { cause?: { code?: unknown } } | undefined)?.cause?.code;

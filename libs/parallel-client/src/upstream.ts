import type { ApiKey } from './api-key';
import type { Pacer } from './pacing/pacer';
import { ParallelClient } from './parallel.client';
import { defaultSseOptions, type Heartbeats, type SseOptions } from './sse.reader';
import { UpstreamConnections } from './upstream.connections';

export interface UpstreamSettings {
  readonly baseUrl: string;
  readonly pacer: Pacer;
  /** Whose budget questions are charged to. */
  readonly questions: 'reads' | 'calls';
  readonly connections: UpstreamConnections;
  readonly sse: SseOptions;
  /** Of its event streams; lists are another matter, they are meant to end. */
  readonly heartbeats: Heartbeats;
  /** Milliseconds for one question, its whole answer included. */
  readonly readTimeoutMs: number;
  readonly suggestTimeoutMs: number;
}

/** The upstream of one process; gives a client for each key over shared sockets. */
export class Upstream {
  private readonly settings: UpstreamSettings;

  constructor(options: {
    readonly baseUrl: string;
    readonly pacer: Pacer;
    /** `calls` where somebody waits for the answer; default `reads`. */
    readonly questions?: 'reads' | 'calls';
    readonly sse?: Partial<SseOptions>;
    readonly readTimeoutMs?: number;
    readonly suggestTimeoutMs?: number;
  }) {
    this.settings = {
      baseUrl: options.baseUrl,
      pacer: options.pacer,
      questions: options.questions ?? 'reads',
      connections: new UpstreamConnections(),
      sse: { ...defaultSseOptions, ...options.sse },
      heartbeats: { seen: false },
      readTimeoutMs: options.readTimeoutMs ?? 30_000,
      suggestTimeoutMs: options.suggestTimeoutMs ?? 60_000,
    };
  }

  clientFor(key: ApiKey): ParallelClient {
    return new ParallelClient(key, this.settings);
  }

  close(): Promise<void> {
    return this.settings.connections.close();
  }
}

import { FrameParser, type StreamFrame } from './frame.parser';

export type StreamState = 'connecting' | 'live' | 'lost' | 'resting' | 'gone';

export interface StreamListener {
  frame(frame: StreamFrame): void;
  /** `detail` says why, where somebody told. */
  state(state: StreamState, detail?: string): void;
}

/** A server says something every 15 s; three times that is a connection nobody told us is dead. */
const silenceMs = 45_000;
const longestWaitMs = 10_000;

/**
 * The group's event stream, for as long as the page is there: goes on behind the last id after every cut, as docs/PROTOCOL.md
 * says. Not an EventSource, which tells neither why it was refused nor that nothing comes any more.
 */
export class GroupStream {
  private attempt = 0;
  private connection: AbortController | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private ended = false;

  constructor(
    private readonly path: string,
    private lastId: string | null,
    private readonly listener: StreamListener,
  ) {}

  /** Opens it, or opens it again at once when it waits for its turn. */
  open(): void {
    if (this.ended || this.connection) return;
    clearTimeout(this.timer);
    void this.read();
  }

  /** Lets go of the connection until it is opened again; nothing is missed. */
  rest(): void {
    if (this.ended) return;
    clearTimeout(this.timer);
    this.connection?.abort();
    this.connection = undefined;
    this.listener.state('resting');
  }

  end(): void {
    this.rest();
    this.ended = true;
  }

  private async read(): Promise<void> {
    const connection = new AbortController();
    this.connection = connection;
    this.listener.state('connecting');
    const wait = await this.readUntilCut(connection).catch(() => undefined);
    if (this.connection !== connection) return;
    this.connection = undefined;
    connection.abort();
    if (this.ended) return;
    this.listener.state('lost');
    const ms = Math.min(1_000 * 2 ** this.attempt++, longestWaitMs) * (0.6 + 0.4 * Math.random());
    this.timer = setTimeout(() => this.open(), Math.max(ms, (wait ?? 0) * 1_000));
  }

  /** Seconds the server asks us to wait, if it does. */
  private async readUntilCut(connection: AbortController): Promise<number | undefined> {
    let silence = setTimeout(() => connection.abort(), silenceMs);
    try {
      const headers = { accept: 'text/event-stream', ...(this.lastId !== null && { 'last-event-id': this.lastId }) };
      const answer = await fetch(`${this.path}?follow=true`, { headers, signal: connection.signal, cache: 'no-store' });
      if (answer.status === 404 || answer.status === 410) return await this.gone(answer);
      if (answer.status !== 200 || !answer.body) return Number(answer.headers.get('retry-after')) || undefined;
      this.attempt = 0;
      this.listener.state('live');
      const parser = new FrameParser();
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return undefined;
        clearTimeout(silence);
        silence = setTimeout(() => connection.abort(), silenceMs);
        for (const frame of parser.push(value)) this.take(frame, connection);
      }
    } finally {
      clearTimeout(silence);
    }
  }

  private take(frame: StreamFrame, connection: AbortController): void {
    if (this.connection !== connection) return;
    this.listener.frame(frame);
    if (frame.event === 'reset') this.lastId = null;
    if (frame.id !== '') this.lastId = frame.id;
  }

  private async gone(answer: Response): Promise<undefined> {
    const problem = (await answer.json().catch(() => ({}))) as { detail?: string };
    this.ended = true;
    this.listener.state('gone', problem.detail);
  }
}

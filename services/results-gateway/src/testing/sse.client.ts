import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { createParser, type EventSourceMessage } from 'eventsource-parser';

/** A reader as docs/PROTOCOL.md describes it, that can be cut anywhere, stalled, and asked what it saw. */
export class SseClient {
  /** Every whole frame, those that a cut takes back included. */
  readonly messages: EventSourceMessage[] = [];
  /** Frames that count: all of them up to the last one with an id. */
  readonly settled: EventSourceMessage[] = [];
  readonly comments: string[] = [];
  bytes = 0;
  ended = false;
  status = 0;
  headers: IncomingMessage['headers'] = {};
  lastId: string | undefined;
  private pending: EventSourceMessage[] = [];
  private response: IncomingMessage | undefined;
  private outgoing: ClientRequest | undefined;
  private changed: (() => void)[] = [];

  /** Resolves with the head of the answer. */
  static async open(url: string, headers: Record<string, string> = {}, cutAfterBytes = Infinity): Promise<SseClient> {
    const client = new SseClient(cutAfterBytes);
    await client.connect(url, headers);
    return client;
  }

  private constructor(private readonly cutAfterBytes: number) {}

  cut(): void {
    this.outgoing?.destroy();
    this.finish();
  }

  /** Takes nothing any more, as a reader whose process hangs. */
  stall(): void {
    this.response?.pause();
  }

  resume(): void {
    this.response?.resume();
  }

  async until(condition: (client: this) => boolean, timeoutMs = 60_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!condition(this)) {
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`not within ${timeoutMs} ms; saw ${this.types().join(' ').slice(-500)}`);
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([
        new Promise<void>((resolve) => this.changed.push(resolve)),
        new Promise<void>((resolve) => (timer = setTimeout(resolve, left))),
      ]);
      clearTimeout(timer);
    }
  }

  untilEnd = (): Promise<void> => this.until(() => this.ended);

  types = (): string[] => this.messages.map((message) => message.event ?? 'message');

  private connect(url: string, headers: Record<string, string>): Promise<void> {
    return new Promise((resolve, reject) => {
      const outgoing = request(url, { headers: { accept: 'text/event-stream', ...headers }, agent: false });
      this.outgoing = outgoing;
      outgoing.once('error', (error) => (this.response ? this.finish() : reject(error)));
      outgoing.once('response', (response) => {
        this.response = response;
        this.status = response.statusCode!;
        this.headers = response.headers;
        this.read(response);
        resolve();
      });
      outgoing.end();
    });
  }

  private read(response: IncomingMessage): void {
    const parser = createParser({
      onEvent: (message) => this.take(message),
      onComment: (comment) => void this.comments.push(comment),
    });
    const decoder = new TextDecoder();
    response.on('data', (chunk: Buffer) => {
      const allowed = chunk.subarray(0, Math.max(0, this.cutAfterBytes - this.bytes));
      this.bytes += chunk.length;
      parser.feed(decoder.decode(allowed, { stream: true }));
      if (this.bytes >= this.cutAfterBytes) this.cut();
      this.notify();
    });
    response.on('error', () => this.finish());
    response.on('close', () => this.finish());
  }

  private take(message: EventSourceMessage): void {
    if (this.ended) return;
    this.messages.push(message);
    this.pending.push(message);
    if (message.id === undefined || message.id === '') return;
    this.lastId = message.id;
    this.settled.push(...this.pending);
    this.pending = [];
  }

  private finish(): void {
    this.ended = true;
    this.notify();
  }

  private notify(): void {
    for (const resolve of this.changed.splice(0)) resolve();
  }
}

import { createParser } from 'eventsource-parser';
import { LineLimit } from './line.limit';
import { UpstreamStreamError } from './upstream.error';

export interface SseFrame {
  /** The JSON text; where `cut`, only its beginning. */
  readonly data: string;
  readonly cut: boolean;
}

/** Whether streams of one kind have heartbeats: what one has shown is expected of the others, from their first second on. */
export interface Heartbeats {
  seen: boolean;
}

export interface SseOptions {
  /** Silence after which a stream that is known to have heartbeats is taken as dead. */
  readonly idleMs: number;
  /** The same where nobody has ever shown one. */
  readonly idleWithoutHeartbeatMs: number;
  /** Characters of one line. */
  readonly lineCharacters: number;
}

export const defaultSseOptions: SseOptions = {
  idleMs: 45_000,
  idleWithoutHeartbeatMs: 300_000,
  // Above the 16 MiB of a result that the log takes, so that a result is refused for its size and not lost.
  lineCharacters: 20 * 1024 * 1024,
};

/**
 * Frames of an event stream. Ends normally only where the bytes end between two frames; rejects with
 * {@link UpstreamStreamError} otherwise. `abort` is called to give up a silent connection. Time the consumer takes for a frame
 * is not silence.
 */
export async function* readSse(
  body: AsyncIterable<Uint8Array>,
  abort: (reason: UpstreamStreamError) => void,
  options: SseOptions = defaultSseOptions,
  heartbeats: Heartbeats = { seen: false },
): AsyncGenerator<SseFrame> {
  const frames: SseFrame[] = [];
  const limit = new LineLimit(options.lineCharacters);
  const decoder = new TextDecoder('utf-8');
  const watch = new IdleWatch(options, heartbeats, abort);
  const ending = new Ending();
  let tooLarge = false;
  let cutBefore = 0;
  const parser = createParser({
    onEvent: ({ data }) => {
      frames.push({ data, cut: limit.cutLines > cutBefore });
      cutBefore = limit.cutLines;
    },
    onComment: () => void (heartbeats.seen = true),
    onError: ({ type }) => void (tooLarge ||= type === 'max-buffer-size-exceeded'),
    maxBufferSize: 2 * options.lineCharacters,
  });
  watch.start();
  try {
    for await (const chunk of body) {
      watch.stop();
      const text = decoder.decode(chunk, { stream: true });
      ending.see(text);
      parser.feed(limit.pass(text));
      if (tooLarge) throw new UpstreamStreamError('too_large', 'a frame of the event stream is too large');
      while (frames.length > 0) yield frames.shift()!;
      watch.start();
    }
  } catch (error) {
    throw watch.fired ?? asStreamError(error);
  } finally {
    watch.stop();
  }
  if (watch.fired) throw watch.fired;
  ending.see(decoder.decode());
  if (!ending.isClean) throw new UpstreamStreamError('cut', 'the event stream ended in the middle of a frame');
}

const asStreamError = (error: unknown): Error =>
  error instanceof UpstreamStreamError
    ? error
    : new UpstreamStreamError('reset', 'the event stream was interrupted', { cause: error });

class IdleWatch {
  fired: UpstreamStreamError | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly options: SseOptions,
    private readonly heartbeats: Heartbeats,
    private readonly abort: (reason: UpstreamStreamError) => void,
  ) {}

  start(): void {
    const ms = this.heartbeats.seen ? this.options.idleMs : this.options.idleWithoutHeartbeatMs;
    this.timer = setTimeout(() => {
      this.fired = new UpstreamStreamError('idle', `nothing came over the event stream for ${ms} ms`);
      this.abort(this.fired);
    }, ms);
  }

  stop(): void {
    clearTimeout(this.timer);
  }
}

/** Whether the text so far ends where a frame may end. */
class Ending {
  private tail = '';

  see(text: string): void {
    this.tail = (this.tail + text).slice(-4);
  }

  get isClean(): boolean {
    return this.tail === '' || /(\n\n|\r\r|\r\n\r\n)$/.test(this.tail);
  }
}

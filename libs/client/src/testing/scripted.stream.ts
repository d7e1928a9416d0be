import type { StreamParts } from '../stream/group.stream';

/** What one connection answers. */
export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  /** Pieces of the body. */
  readonly pieces?: readonly (string | Uint8Array)[];
  /** `cut` breaks in the middle, `silent` never says another word. */
  readonly ending?: 'end' | 'cut' | 'silent';
  readonly problem?: object;
}

/** Answers each connection as the script says, and writes down what it was asked and how long was waited. */
export class ScriptedStream implements StreamParts {
  readonly asked: (string | undefined)[] = [];
  readonly waits: number[] = [];
  cancelled = 0;
  private clock = 0;

  constructor(
    private readonly script: readonly (ScriptedAnswer | Error)[],
    readonly chance: () => number = () => 0,
  ) {}

  now = (): number => this.clock;

  pause = (ms: number, signal?: AbortSignal): Promise<void> => {
    signal?.throwIfAborted();
    this.waits.push(ms);
    this.clock += ms;
    return Promise.resolve();
  };

  open(headers: Record<string, string>, { signal }: { signal: AbortSignal }): Promise<Response> {
    signal.throwIfAborted();
    const next = this.script[this.asked.length];
    this.asked.push(headers['last-event-id']);
    if (next === undefined) return Promise.reject(new Error('the script has ended'));
    if (next instanceof Error) return Promise.reject(next);
    const { status = 200, problem } = next;
    const type = problem ? 'application/problem+json' : 'text/event-stream; charset=utf-8';
    const body = problem ? JSON.stringify(problem) : status === 204 ? null : this.body(next, signal);
    return Promise.resolve(new Response(body, { status, headers: { 'content-type': type, ...next.headers } }));
  }

  private body({ pieces = [], ending = 'end' }: ScriptedAnswer, signal: AbortSignal): ReadableStream<Uint8Array> {
    const left = [...pieces];
    return new ReadableStream<Uint8Array>({
      start: (controller) => signal.addEventListener('abort', () => controller.error(signal.reason), { once: true }),
      pull: (controller) => {
        const piece = left.shift();
        if (piece !== undefined)
          controller.enqueue(typeof piece === 'string' ? new TextEncoder().encode(piece) : piece);
        else if (ending === 'end') controller.close();
        else if (ending === 'cut') controller.error(new TypeError('terminated'));
        else return new Promise(() => undefined);
        return undefined;
      },
      cancel: () => void this.cancelled++,
    });
  }
}

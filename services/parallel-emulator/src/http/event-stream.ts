import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FaultOf } from '../faults/fault';
import type { FaultBook } from '../faults/fault.book';
import { setTimeout as pause } from 'node:timers/promises';
import { disguised, disguisesFor } from './disguise';
import { breakConnection, occasionOf, type Visit } from './visit';

export interface StreamEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** One open event stream: frames, back-pressure, and every fault that acts on a stream. */
export class EventStream {
  private readonly ended = new AbortController();
  private readonly framing: FaultOf<'framing'> | undefined;
  private pings: NodeJS.Timeout | undefined;
  private stalled = false;

  /** Sends the headers. `refId` names an `error` event that a fault asks for. */
  constructor(
    private readonly request: FastifyRequest,
    private readonly reply: FastifyReply,
    private readonly visit: Visit,
    private readonly faults: FaultBook,
    private readonly refId: () => string,
  ) {
    reply.hijack();
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
    reply.raw.flushHeaders();
    reply.raw.once('close', () => this.release());
    // A write that crosses the client's leaving is an error event nobody else listens to.
    reply.raw.on('error', () => this.release());
    this.framing = faults.take('framing', occasionOf(visit));
    const every = this.framing?.pings_every_seconds;
    if (every) this.pings = setInterval(() => this.ping(), every * 1_000);
  }

  /** Aborted when the stream is over, whoever ended it. */
  get closed(): AbortSignal {
    return this.ended.signal;
  }

  /** Looks for faults that act between frames; false when the stream is over. */
  async idle(): Promise<boolean> {
    const occasion = occasionOf(this.visit);
    const due = (fault: { after_frames: number }) => this.visit.frames >= fault.after_frames;
    const error = this.faults.take('error_event', occasion, due);
    if (error) {
      await this.write({ type: 'error', error: { ref_id: this.refId(), message: error.message, detail: null } });
      if (error.afterwards === 'close') this.close();
    }
    const cut = this.faults.take('cut_stream', occasion, (fault) => due(fault) && !needsFrame(fault));
    if (cut?.how === 'reset') this.break();
    else if (cut) this.close();
    if (this.faults.take('stall_stream', occasion, due)) await this.stall();
    return !this.closed.aborted;
  }

  /** Sends one event, after whatever faults say; false when the stream is over. */
  async send(event: StreamEvent): Promise<boolean> {
    const occasion = occasionOf(this.visit);
    const delay = this.faults.take('delay_frames', occasion);
    if (delay) await pause(delay.seconds * 1_000, undefined, { signal: this.closed }).catch(() => undefined);
    if (!(await this.idle())) return false;
    const cut = this.faults.take(
      'cut_stream',
      occasion,
      (fault) => this.visit.frames >= fault.after_frames && needsFrame(fault),
    );
    if (cut) return this.cutInside(event, cut);
    const unknown = this.faults.take('unknown_events', occasion, (fault) => this.visit.frames % fault.every === 0);
    if (unknown) await this.write({ type: 'emulator.unknown', note: 'an event type nobody has heard of' });
    if (
      event.type === 'task_run.state' &&
      occasion.endpoint === 'group_events' &&
      this.faults.take('omit_state', occasion)
    )
      return true;
    const shown = 'output' in event && this.faults.take('omit_output', occasion) ? { ...event, output: null } : event;
    const copies = this.faults.take('repeat_frames', occasion)?.copies ?? 0;
    for (let i = 0; i <= copies; i++) await this.write(shown);
    return !this.closed.aborted;
  }

  close(): void {
    this.release();
    this.reply.raw.end();
  }

  private async write(event: StreamEvent): Promise<void> {
    const bytes = Buffer.from(this.frameOf(event));
    const size = this.framing?.split_bytes ?? bytes.length;
    for (let at = 0; at < bytes.length && !this.closed.aborted; at += size) {
      if (!this.reply.raw.write(bytes.subarray(at, at + size))) await this.drained();
      // A turn of the event loop between pieces, or the socket would join them again.
      else if (size < bytes.length) await new Promise((resolve) => setImmediate(resolve));
    }
    this.visit.frames++;
  }

  private frameOf(event: StreamEvent): string {
    const data = JSON.stringify(disguised(event, disguisesFor(this.faults, occasionOf(this.visit))));
    const id = this.framing?.id_lines && typeof event.event_id === 'string' ? `id: ${event.event_id}\n` : '';
    const frame = `event: ${event.type}\n${id}data: ${data}\n\n`;
    return this.framing?.crlf ? frame.replaceAll('\n', '\r\n') : frame;
  }

  private async cutInside(event: StreamEvent, cut: FaultOf<'cut_stream'>): Promise<false> {
    const bytes = Buffer.from(this.frameOf(cut.how === 'mid_character' ? { ...event, note: 'é' } : event));
    // Two bytes of UTF-8 for the last letter: ending after the first splits the character.
    const at = cut.how === 'mid_character' ? bytes.lastIndexOf(0xc3) + 1 : Math.floor(bytes.length / 2);
    await new Promise<void>((resolve) => this.reply.raw.write(bytes.subarray(0, at), () => resolve()));
    if (cut.how === 'mid_frame_reset') this.break();
    else this.close();
    return false;
  }

  ping(): void {
    if (!this.stalled && !this.closed.aborted)
      this.reply.raw.write(this.framing?.crlf ? ': ping\r\n\r\n' : ': ping\n\n');
  }

  /** Half open: nothing comes any more, and nobody says so. Ends when the client leaves. */
  private stall(): Promise<void> {
    this.stalled = true;
    return new Promise((resolve) => this.closed.addEventListener('abort', () => resolve(), { once: true }));
  }

  private drained(): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.reply.raw.off('drain', done);
        this.closed.removeEventListener('abort', done);
        resolve();
      };
      this.reply.raw.once('drain', done);
      this.closed.addEventListener('abort', done, { once: true });
    });
  }

  private break(): void {
    breakConnection(this.request, this.reply);
    this.release();
  }

  private release(): void {
    clearInterval(this.pings);
    this.ended.abort();
  }
}

const needsFrame = (fault: FaultOf<'cut_stream'>): boolean => fault.how.startsWith('mid_');

import { connect, type Socket } from 'node:net';
import { answerQuestions } from '../rig/worker';

/** Every event, of the product and of the bare server, has one id line. */
const mark = Buffer.from('\nid: ');
const connectAtOnce = 50;

/** One open stream: counts events, and does as little as it can beside that. */
class Reader {
  readonly socket: Socket;
  events = 0;
  lastAt = 0;
  cut = false;
  #tail: Buffer = Buffer.alloc(0);

  constructor(url: URL, onOpen: () => void) {
    this.socket = connect({ host: url.hostname, port: Number(url.port) });
    this.socket.on('data', (chunk) => {
      onOpen();
      this.#count(chunk);
    });
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => (this.cut = true));
    this.socket.write(
      `GET ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\naccept: text/event-stream\r\n\r\n`,
    );
  }

  #count(chunk: Buffer): void {
    const before = this.events;
    if (Buffer.concat([this.#tail, chunk.subarray(0, mark.length - 1)]).includes(mark)) this.events++;
    for (let at = chunk.indexOf(mark); at !== -1; at = chunk.indexOf(mark, at + mark.length)) this.events++;
    this.#tail = chunk.subarray(-(mark.length - 1));
    if (this.events > before) this.lastAt = performance.now();
  }
}

const sets = new Map<string, { readers: Reader[]; expected: number; startedAt: number }>();

answerQuestions({
  /** Opens so many streams more, each until its answer has begun. */
  async open({ name, url, count }: { name: string; url: string; count: number }) {
    const set = sets.get(name) ?? { readers: [], expected: 0, startedAt: 0 };
    sets.set(name, set);
    for (let left = count; left > 0; left -= connectAtOnce)
      await Promise.all(
        Array.from(
          { length: Math.min(left, connectAtOnce) },
          () => new Promise<void>((resolve) => set.readers.push(new Reader(new URL(url), resolve))),
        ),
      );
  },
  /** Every reader of the set stops taking anything. */
  stall({ name }: { name: string }) {
    for (const { socket } of sets.get(name)!.readers) socket.pause();
  },
  /** Each reader is to get so many events from now on. */
  expect({ name, events }: { name: string; events: number }) {
    const set = sets.get(name)!;
    for (const reader of set.readers) reader.events = 0;
    set.expected = events;
    set.startedAt = performance.now();
  },
  /** When they have; the milliseconds from `expect` to the last event of the last reader. */
  async collected({ name }: { name: string }) {
    const { readers, expected, startedAt } = sets.get(name)!;
    for (;;) {
      const cut = readers.filter((reader) => reader.cut).length;
      if (cut > 0) throw new Error(`${cut} readers were cut off`);
      if (readers.every((reader) => reader.events >= expected)) break;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return { ms: Math.max(...readers.map((reader) => reader.lastAt)) - startedAt };
  },
  close({ name }: { name: string }) {
    for (const { socket } of sets.get(name)!.readers) socket.destroy();
    sets.delete(name);
  },
});

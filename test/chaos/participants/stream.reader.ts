import { createParser } from 'eventsource-parser';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionAccount, FrameAccount, ReaderAccount, RefusalAccount } from '../ledger';
import type { Random } from '../random';
import { refusalOf } from './onlooker';
import { ToldFrames } from './told.frames';

export interface ReaderHabits {
  readonly name: string;
  /** Leaves on purpose after about so many frames, again and again; none: stays as long as it is let. */
  readonly leavesAfterFrames?: number;
  /** Leaves so often in the middle of a snapshot, which it then gets anew. */
  readonly cutsSnapshots?: number;
  /** Says where it stands in the query instead of the header. */
  readonly asksByQuery: boolean;
  /** Once, after so many frames, it reads nothing until this resolves. */
  readonly stalls?: { readonly afterFrames: number; readonly until: (group: string) => Promise<unknown> };
}

/** A reader of a group's event stream that comes back after every cut with the last id it was given. */
export class StreamReader {
  readonly #group: { readonly id: string; readonly url: string };
  readonly #habits: ReaderHabits;
  readonly #random: Random;
  readonly #told: ToldFrames;
  readonly #connections: ConnectionAccount[] = [];
  #lastId: string | null = null;
  /** How often it leaves in the middle of something; whoever always did would never get beyond a long snapshot or fact. */
  #cutsLeft: number;
  #done = false;
  #stalled = false;

  constructor(group: { id: string; url: string }, habits: ReaderHabits, random: Random, told = new ToldFrames()) {
    this.#group = group;
    this.#told = told;
    this.#habits = habits;
    this.#random = random;
    this.#cutsLeft = habits.cutsSnapshots ?? 3;
  }

  get account(): ReaderAccount {
    return { name: this.#habits.name, group: this.#group.id, connections: this.#connections };
  }

  /** It was told that nothing more will come. */
  get done(): boolean {
    return this.#done;
  }

  /** Until it is told that nothing more will come, or the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#done) {
      await this.#connect(signal);
      // Much sooner than a browser: the more connections, the more resumptions are seen.
      await sleep(this.#random.between(20, 250), undefined, { signal }).catch(() => undefined);
    }
  }

  async #connect(signal: AbortSignal): Promise<void> {
    const leaving = new AbortController();
    const connection = { at: Date.now(), after: this.#lastId, frames: [] as FrameAccount[] };
    let status: number | null = null;
    let refusal: RefusalAccount | undefined;
    let end: ConnectionAccount['end'] = 'broken';
    try {
      const answer = await this.#ask(AbortSignal.any([signal, leaving.signal]));
      status = answer.status;
      if (answer.status === 204) this.#done = true;
      if (!answer.ok) refusal = refusalOf(connection.at, 'sse', answer, await answer.text());
      else if (answer.body) await this.#read(answer.body, connection.frames, leaving);
      end = 'server';
    } catch {
      if (leaving.signal.aborted || signal.aborted) end = 'reader';
    }
    this.#connections.push({ ...connection, status, endedAt: Date.now(), end, ...(refusal && { refusal }) });
  }

  #ask(signal: AbortSignal): Promise<Response> {
    const id = this.#lastId;
    const query = id !== null && this.#habits.asksByQuery ? `?after=${encodeURIComponent(id)}` : '';
    const header = id !== null && !this.#habits.asksByQuery ? { 'last-event-id': id } : undefined;
    return fetch(`${this.#group.url}.sse${query}`, { signal, headers: { accept: 'text/event-stream', ...header } });
  }

  async #stall(frames: number): Promise<void> {
    const { stalls } = this.#habits;
    if (!stalls || this.#stalled || frames < stalls.afterFrames) return;
    this.#stalled = true;
    await stalls.until(this.#group.id);
  }

  async #read(body: ReadableStream<Uint8Array>, frames: FrameAccount[], leaving: AbortController): Promise<void> {
    const { leavesAfterFrames, cutsSnapshots } = this.#habits;
    const patience = leavesAfterFrames && Math.ceil(this.#random.between(0.2, 1.8) * leavesAfterFrames);
    const parser = createParser({
      onEvent: ({ id, event, data }) => {
        // What came after the decision to leave was never read.
        if (leaving.signal.aborted) return;
        frames.push({ at: Date.now(), event: event ?? 'message', id: id ?? null, data: this.#told.take(data) });
        if (event === 'reset') this.#lastId = null;
        if (id !== undefined) this.#lastId = id;
        if (patience && frames.length >= patience && (id !== undefined || this.#cutsLeft-- > 0)) leaving.abort();
        if (cutsSnapshots && this.#lastId === null && event === 'rows' && this.#cutsLeft-- > 0) leaving.abort();
      },
    });
    const decoder = new TextDecoder();
    for await (const chunk of body) {
      parser.feed(decoder.decode(chunk, { stream: true }));
      await this.#stall(frames.length);
    }
  }
}

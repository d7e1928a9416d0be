import type { LogEntry } from '@multitask/event-log';
import { BatchIntake } from './batch.intake';

const entry = (seq: number, bytes = 10): LogEntry => ({
  kind: 'unreadable',
  message: { groupId: 'g', seq, id: '', reason: 'test', raw: '' },
  bytes,
});
const seqs = (entries: readonly LogEntry[] | undefined) =>
  entries?.map((each) => (each.kind === 'unreadable' ? each.message.seq : 0));

/** A source that is fed by hand and knows how much was taken of it. */
class Source implements AsyncIterable<LogEntry> {
  taken = 0;
  closed = false;
  private readonly queue: (LogEntry | Error | undefined)[] = [];
  private wake: () => void = () => undefined;

  push(...entries: (LogEntry | Error | undefined)[]): void {
    this.queue.push(...entries);
    this.wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<LogEntry> {
    try {
      for (;;) {
        while (this.queue.length === 0) await new Promise<void>((resolve) => (this.wake = resolve));
        const next = this.queue.shift();
        if (next === undefined) return;
        if (next instanceof Error) throw next;
        this.taken++;
        yield next;
      }
    } finally {
      this.closed = true;
    }
  }
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('the intake of batches', () => {
  it('hands an entry on without waiting for more', async () => {
    const source = new Source();
    const intake = new BatchIntake(source, { entries: 100, bytes: 1_000 });
    const next = intake.next();
    source.push(entry(1));
    expect(seqs(await next)).toEqual([1]);
  });

  it('collects what comes while the last batch is being written', async () => {
    const source = new Source();
    const intake = new BatchIntake(source, { entries: 100, bytes: 1_000 });
    source.push(entry(1));
    await intake.next();
    source.push(entry(2), entry(3), entry(4));
    await settle();
    expect(seqs(await intake.next())).toEqual([2, 3, 4]);
  });

  it.each([
    ['entries', { entries: 3, bytes: 1_000 }],
    ['bytes', { entries: 100, bytes: 30 }],
  ])('takes no more than a batch of %s from the source', async (_, limits) => {
    const source = new Source();
    const intake = new BatchIntake(source, limits);
    source.push(...Array.from({ length: 10 }, (__, i) => entry(i + 1)));
    await settle();
    expect(source.taken).toBe(3);
    expect(seqs(await intake.next())).toEqual([1, 2, 3]);
    await settle();
    expect(seqs(await intake.next())).toEqual([4, 5, 6]);
  });

  it('gives what came before the end, then the end', async () => {
    const source = new Source();
    const intake = new BatchIntake(source, { entries: 100, bytes: 1_000 });
    source.push(entry(1), undefined);
    await settle();
    expect(seqs(await intake.next())).toEqual([1]);
    expect(await intake.next()).toBeUndefined();
  });

  it('gives what came before a failure, then the failure', async () => {
    const source = new Source();
    const intake = new BatchIntake(source, { entries: 100, bytes: 1_000 });
    source.push(entry(1), new Error('broken'));
    await settle();
    expect(seqs(await intake.next())).toEqual([1]);
    await expect(intake.next()).rejects.toThrow('broken');
  });

  it('lets go of a source that waits for room', async () => {
    const source = new Source();
    const intake = new BatchIntake(source, { entries: 1, bytes: 1_000 });
    source.push(entry(1), entry(2), entry(3));
    await settle();
    intake.close();
    await settle();
    expect(source.closed).toBe(true);
    expect(await intake.next()).toBeUndefined();
  });
});

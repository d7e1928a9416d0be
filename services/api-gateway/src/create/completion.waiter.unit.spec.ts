import type { IncomingMessage } from 'node:http';
import type { GroupReader } from '@multitask/read-model';
import { CompletionWaiter } from './completion.waiter';

const request = { socket: { destroyed: false } } as IncomingMessage;
const neverDone: Pick<GroupReader, 'header'> = { header: () => Promise.resolve(undefined) };
const rendered = { contentType: 'application/json', body: '{}' };

describe('a caller that waits for its result', () => {
  it('gets its URL at once when the process stops, since its group goes on without us', async () => {
    const waiter = new CompletionWaiter(neverDone, () => Promise.resolve(rendered));
    const startedAt = performance.now();
    const waiting = waiter.resultOf('tgrp_1', 60, request);
    waiter.beforeApplicationShutdown();
    expect(await waiting).toBeUndefined();
    expect(await waiter.resultOf('tgrp_1', 60, request)).toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  it('gets its URL when time is up, and when nobody can render the result', async () => {
    expect(await new CompletionWaiter(neverDone, () => Promise.resolve(rendered)).resultOf('g', 0, request)).toBe(
      undefined,
    );
    const header = { generation: 1, completedGeneration: 1 };
    const done = { header: () => Promise.resolve({ header }) } as unknown as Pick<GroupReader, 'header'>;
    const broken = () => Promise.reject(new Error('nobody answers'));
    expect(await new CompletionWaiter(done, broken).resultOf('g', 60, request)).toBeUndefined();
    expect(await new CompletionWaiter(done, () => Promise.resolve(rendered)).resultOf('g', 60, request)).toBe(rendered);
  });
});

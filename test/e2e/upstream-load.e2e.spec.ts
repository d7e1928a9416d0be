import { freePort } from '@multitask/local-infrastructure';
import { eventually } from '@multitask/testing';
import { ledgerSummary, purchases } from './emulator.ledger';
import { startStandalone, type Standalone } from './standalone.process';
import { cityRows, citySchema, createGroup, finished } from './task-group.client';

const viewers = 25;

describe('what the upstream sees of a group', () => {
  let house: Standalone;

  beforeAll(async () => {
    // Real latencies divided by three: a group lives for about half a minute, as long as it takes to count its requests.
    house = await startStandalone({ emulatorPort: await freePort(), args: ['--emulator-speed', '3'] });
  }, 300_000);
  afterAll(() => house?.stop());

  test('one event stream however many viewers, and fewer than ten other requests a minute', async () => {
    const started = Date.now();
    const { url, taskgroup_id } = await createGroup(house.origin, {
      inputs: cityRows(3),
      output_type: 'json',
      output_schema: citySchema,
      processor: 'lite',
    });
    const stop = new AbortController();
    const streams = Array.from({ length: viewers }, () => fetch(`${url}.sse`, { signal: stop.signal }));
    expect((await Promise.all(streams)).map((answer) => answer.status)).toEqual(new Array(viewers).fill(200));
    await eventually(async () => (await ledgerSummary(house.emulator, taskgroup_id)).streams.opened > 0);
    await finished(url, 120_000);
    stop.abort();

    const minutes = Math.max(1, (Date.now() - started) / 60_000);
    const summary = await ledgerSummary(house.emulator, taskgroup_id);
    expect(summary.streams.max_concurrent).toBe(1);
    const { group_events: _, ...others } = summary.requests;
    const count = Object.values(others).reduce((sum, requests) => sum + requests, 0);
    expect(count / minutes).toBeLessThan(10);
    expect(purchases(summary)).toEqual([1, 1, 1]);
  }, 300_000);
});

import { MultitaskError } from '../error/multitask.error';
import { withLargeOutputs } from './large.outputs';
import type { StreamEvent } from './stream.events';

const reference = { type: 'text', output_url: '/tgrp_1/runs/trun_1.json' };
const told = (output: object | null): StreamEvent =>
  ({
    type: 'task_run.state',
    event_id: null,
    run: { run_id: 'trun_1' },
    output,
    result: { $id: 'trun_1' },
  }) as StreamEvent;
const output = { type: 'text', content: 'long' };
const result = { $id: 'trun_1', output: 'long' };

async function read(event: StreamEvent, answer: () => object): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  const source = (async function* () {
    yield event;
  })();
  const fetched = async (url: string) => {
    expect(url).toBe(reference.output_url);
    return { value: answer(), response: new Response(), attempts: 1, end: () => undefined };
  };
  for await (const one of withLargeOutputs(source, fetched)) events.push(one);
  return events;
}

describe('a large output in a stream', () => {
  it('is put where the reference to it was', async () => {
    const [event] = await read(told(reference), () => ({ run: { run_id: 'trun_1' }, output, result }));
    expect(event).toMatchObject({ output, result });
  });

  it('stays a reference when the row has another run by now, or is gone', async () => {
    const event = told(reference);
    expect(await read(event, () => ({ run: { run_id: 'trun_2' }, output, result }))).toEqual([event]);
    for (const code of ['run_not_found', 'group_expired'] as const)
      expect(
        await read(event, () => {
          throw new MultitaskError(code, 'gone');
        }),
      ).toEqual([event]);
  });

  it('that cannot be fetched is no event without it', async () => {
    const failing = read(told(reference), () => {
      throw new MultitaskError('unreachable', 'no');
    });
    await expect(failing).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('fetches nothing for the others', async () => {
    const never = () => {
      throw new Error('asked');
    };
    for (const other of [null, output]) expect(await read(told(other), never)).toEqual([told(other)]);
  });
});

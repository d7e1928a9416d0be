import type { ConnectionAccount, FrameAccount, JsonObject, Ledger, LogMessage } from './ledger';
import { sinceRewind, whatWasToldIsTrue } from './rewound.ledger';

const group = 'tgrp_1';
let seq = 0;
const message = (type: string, data: JsonObject) =>
  ({ seq: ++seq, at: seq, group, partition: '00', writer: 'ingest', type: `multitask.${type}.v1`, data }) as LogMessage;
const messages = [
  message('rows.accepted', { batch_id: 'b', first_row: 0, inputs: [{ n: 0 }] }),
  message('group.created', { batch_id: 'b' }),
  message('runs.added', { runs: [{ key: '0.1', run_id: 't' }] }),
  message('run.updated', { key: '0.1', run: { run_id: 't', status: 'completed' }, output: { content: { a: 1 } } }),
];
const frame = (event: string, result?: JsonObject): FrameAccount => ({
  at: 0,
  event,
  id: null,
  data: result ? { row: 0, result } : {},
});
const done = { $id: 't', $status: 'completed', n: 0, a: 1 };
const connection = (frames: FrameAccount[]): ConnectionAccount => ({
  ...{ at: 0, after: 'old', status: 200, frames, endedAt: 1, end: 'server' },
});

const ledger = (connections: ConnectionAccount[]): Ledger =>
  ({
    groups: [{ answers: [{ id: group, url: '' }] }],
    readers: [{ name: '1', group, connections }],
    polls: [],
    log: { messages, deleted: 0 },
    upstream: { requests: [], runs: [{ group: 'lost' }, { group }], events: [] },
  }) as unknown as Ledger;

describe('a round in which the log was set back', () => {
  it('holds readers to what they are told from the reset on', () => {
    const cut = [connection([frame('x')]), connection([frame('y'), frame('reset'), frame('z')]), connection([])];
    const { readers, upstream } = sinceRewind(ledger(cut), new Set(['lost']));
    expect(readers[0]!.connections.map(({ after, frames }) => [after, frames.map(({ event }) => event)])).toEqual([
      [null, ['z']],
      ['old', []],
    ]);
    expect(upstream.runs).toHaveLength(1);
    expect(sinceRewind(ledger([connection([frame('x')])]), new Set()).readers).toEqual([]);
  });

  it('holds the log to every end that anybody was told', () => {
    const told = (result: JsonObject) => whatWasToldIsTrue(ledger([connection([frame('task_run.state', result)])]));
    expect(told(done)).toEqual([]);
    expect(told({ $id: 't', $status: 'running', n: 0 })).toEqual([]);
    expect(told({ ...done, a: 2 })).toHaveLength(1);
    expect(told({ $id: 't', $status: 'failed', n: 0 })).toHaveLength(1);
  });
});

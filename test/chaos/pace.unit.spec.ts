import type { LogMessage } from './ledger';
import { paceOf } from './pace';

const message = (at: number, type: string, data: object) =>
  ({ at, type: `multitask.${type}.v1`, data }) as unknown as LogMessage;
const run = (row: number, status: string) => ({ key: `${row}.1`, run: { run_id: `t${row}`, status } });

it('each change of a row counts, and nothing that readers are not told', () => {
  const messages = [
    message(0, 'rows.accepted', { batch_id: 'b', first_row: 0, inputs: [{}, {}] }),
    message(1_000, 'group.created', { batch_id: 'b' }),
    message(1_500, 'runs.requested', {}),
    message(2_000, 'runs.added', {
      runs: [run(0, 'queued'), run(1, 'queued')].map(({ key, run: { run_id } }) => ({ key, run_id })),
    }),
    message(3_000, 'runs.updated', { updates: [run(0, 'running'), run(0, 'running'), run(1, 'completed')] }),
    message(4_000, 'run.updated', run(0, 'completed')),
    message(5_000, 'group.completed', { generation: 1 }),
  ];
  expect(paceOf(messages).changes).toBe(2 + 2 + 1);
  expect(paceOf(messages).perSecond).toBe(5 / 4);
  expect(paceOf([])).toEqual({ changes: 0, perSecond: 0 });
});

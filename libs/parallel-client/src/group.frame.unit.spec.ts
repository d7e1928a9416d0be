import { readGroupFrame } from './group.frame';

const read = (payload: unknown) => readGroupFrame({ data: JSON.stringify(payload), cut: false });
const runId = `trun_${'a'.repeat(32)}`;
const run = { run_id: runId, status: 'completed' };

describe('a frame of a group’s stream', () => {
  it('is a run’s report, absent and null being the same', () => {
    const bare = read({ type: 'task_run.state', event_id: '5', run });
    const nulls = read({
      type: 'task_run.state',
      event_id: '5',
      run: { ...run, error: null, warnings: null, metadata: null, taskgroup_id: null },
      input: null,
      output: null,
    });
    expect(bare).toMatchObject({ kind: 'run', cursor: '5', run });
    expect(nulls).toMatchObject({ kind: 'run', cursor: '5', run });
    expect(bare).not.toHaveProperty('output');
    expect(nulls).not.toHaveProperty('output');
  });

  it('keeps what we do not know of a run', () => {
    expect(read({ type: 'task_run.state', run: { ...run, brand_new: [1] } })).toMatchObject({
      run: { brand_new: [1] },
    });
  });

  it('has an output only in a shape that is one', () => {
    const output = { type: 'text', content: 'x', basis: [] };
    expect(read({ type: 'task_run.state', run, output })).toMatchObject({ output });
    expect(read({ type: 'task_run.state', run, output: { type: 'text' } })).not.toHaveProperty('output');
  });

  it('keeps what can be read of a run or an output in which something has an unknown shape', () => {
    const odd = { ...run, metadata: { multitask_row: '0.1' }, warnings: 'plenty', error: 7 };
    const output = { type: 'text', content: 'x', basis: [{ field: 'a', citations: 'many' }] };
    expect(read({ type: 'task_run.state', run: odd, output })).toMatchObject({
      kind: 'run',
      run: { ...run, metadata: { multitask_row: '0.1' } },
      output: { type: 'text', content: 'x' },
    });
  });

  it.each([[null], [''], [undefined]])('has no cursor with the event id %j', (event_id) => {
    expect(read({ type: 'task_run.state', event_id, run })).not.toHaveProperty('cursor');
  });

  it('takes a number as cursor', () => {
    expect(read({ type: 'task_run.state', event_id: 12, run })).toMatchObject({ cursor: '12' });
  });

  it('is the group’s status', () => {
    const status = { num_task_runs: 2, task_run_status_counts: { queued: 2 }, is_active: true };
    expect(read({ type: 'task_group_status', event_id: '1', status })).toMatchObject({ kind: 'status', status });
  });

  it('may be an error, and then has no place in the stream', () => {
    expect(read({ type: 'error', error: { ref_id: 'r', message: 'boom' } })).toEqual({
      kind: 'error',
      message: 'boom',
    });
  });

  it.each([
    ['an unknown type', { type: 'task_run.brand_new', event_id: '9' }, true],
    ['an unknown status', { type: 'task_run.state', event_id: '9', run: { ...run, status: 'paused' } }, false],
  ])('of %s is passed over, but counts as read', (_, payload, wellFormed) => {
    expect(read(payload)).toMatchObject({ kind: 'other', cursor: '9', wellFormed });
  });

  it.each(['', 'not json', '[]', 'null', '{"run":1}'])('%j is passed over', (text) => {
    expect(readGroupFrame({ data: text, cut: false })).toMatchObject({ kind: 'other', wellFormed: false });
  });

  it('too large to be kept still says whose result it is', () => {
    const text = JSON.stringify({ type: 'task_run.state', event_id: '7', run, output: { content: 'x'.repeat(500) } });
    const frame = readGroupFrame({ data: text.slice(0, 300), cut: true });
    expect(frame).toMatchObject({ kind: 'run', cursor: '7', run: { run_id: runId, status: 'completed' } });
    expect(frame).not.toHaveProperty('output');
  });
});

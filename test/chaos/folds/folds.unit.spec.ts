import type { FrameAccount, JsonObject, LogMessage } from '../ledger';
import { factsOf, stateOf } from './fact.sequence';
import { foldOf } from './log.fold';
import { canonical } from './row.state';
import { readConnection } from './stream.fold';

let seq = 0;
const logged = (type: string, data: JsonObject): LogMessage => ({
  seq: ++seq,
  at: seq,
  group: 'tgrp_1',
  partition: '00',
  writer: 'ingest',
  type: `multitask.${type}.v1`,
  id: `${seq}.0`,
  source: '',
  fence: null,
  data,
});
const accepted = (first_row: number, inputs: JsonObject[]) =>
  logged('rows.accepted', { batch_id: 'b', first_row, inputs });
const created = () => logged('group.created', { batch_id: 'b', row_count: 2, generation: 1 });
const added = (...rows: number[]) =>
  logged('runs.added', { batch: 1, runs: rows.map((row) => ({ key: `${row}.1`, run_id: `trun_${row}` })) });
const updated = (row: number, status: string, content?: JsonObject, run_id = `trun_${row}`) =>
  logged('run.updated', { key: `${row}.1`, run: { run_id, status }, ...(content && { output: { content } }) });
const completed = () => logged('group.completed', { generation: 1, counts: {} });
const two = () => [accepted(0, [{ n: 0 }]), accepted(1, [{ n: 1 }]), created()];

describe('the fold of the raw log', () => {
  it('counts rows once a command commits them, each once', () => {
    expect(foldOf([accepted(0, [{ n: 0 }])]).rows).toHaveLength(0);
    const fold = foldOf([accepted(1, [{ n: 1 }]), accepted(0, [{ n: 0 }]), accepted(0, [{ n: 0 }]), created()]);
    expect(fold.rows.map(({ input }) => input)).toEqual([{ n: 0 }, { n: 1 }]);
    expect(fold.counts).toEqual({ queued: 2 });
  });

  it('moves a run forward only, and only the run that is the row’s', () => {
    const fold = foldOf([
      ...two(),
      added(0),
      updated(0, 'running', undefined, 'trun_other'),
      updated(0, 'completed', { a: 1 }),
      updated(0, 'running'),
      updated(0, 'failed'),
      updated(1, 'completed'),
    ]);
    expect(fold.rows.map(({ status, runId }) => [status, runId])).toEqual([
      ['completed', 'trun_0'],
      ['queued', null],
    ]);
    expect(fold.rows[0]!.result).toEqual({ $id: 'trun_0', $status: 'completed', n: 0, a: 1 });
  });

  it('takes several reports of one message as one step, in the order of the rows', () => {
    const report = (row: number, status: string, run_id = `trun_${row}`) => ({
      key: `${row}.1`,
      run: { run_id, status },
    });
    const updates = [report(1, 'failed'), report(0, 'running'), report(0, 'completed', 'trun_other')];
    const facts = factsOf([...two(), added(0, 1), logged('runs.updated', { updates })]);
    expect(facts.at(-1)!.rows.map(({ row, status }) => [row, status])).toEqual([
      [0, 'running'],
      [1, 'failed'],
    ]);
    expect(facts.at(-1)!.counts).toEqual({ running: 1, failed: 1 });
  });

  it('takes the first of two runs for a row', () => {
    const twice = logged('runs.added', { batch: 2, runs: [{ key: '0.1', run_id: 'trun_second' }] });
    expect(foldOf([...two(), added(0), twice]).rows[0]!.runId).toBe('trun_0');
  });

  it('ends a generation once', () => {
    const facts = factsOf([
      ...two(),
      added(0, 1),
      updated(0, 'failed'),
      updated(1, 'failed'),
      completed(),
      completed(),
    ]);
    expect(facts.map(({ type }) => type.split('.')[1])).toEqual(['group', 'runs', 'run', 'run', 'group']);
    expect(facts.at(-1)).toMatchObject({ completed: 1, active: false, counts: { failed: 2 } });
  });
});

describe('the state after each fact', () => {
  it('differs from every other and is the same however it was reached', () => {
    const facts = factsOf([...two(), added(0, 1), updated(1, 'running'), updated(0, 'failed'), updated(1, 'failed')]);
    expect(new Set(facts.map(({ state }) => state)).size).toBe(facts.length);
    const rows = [0, 1].map((row) => ({
      row,
      attempt: 1,
      status: 'failed',
      runId: `trun_${row}`,
      result: { $id: `trun_${row}`, $status: 'failed', n: row },
    }));
    const status = { counts: { failed: 2 }, active: true, blocked: null };
    expect(stateOf(rows.toReversed(), status)).toBe(facts.at(-1)!.state);
    expect(stateOf(rows.slice(1), status)).not.toBe(facts.at(-1)!.state);
  });

  it('leaves a large output to be fetched', () => {
    const [fact] = factsOf([...two(), added(0), updated(0, 'completed', { text: 'x'.repeat(70_000) })]).slice(-1);
    expect(fact!.rows[0]!.result).toEqual({ $id: 'trun_0', $status: 'completed', n: 0 });
  });
});

describe('the fold of a stream', () => {
  const frame = (event: string, id: string | null, data: JsonObject = {}): FrameAccount => ({ at: 0, event, id, data });
  const state = (row: number, status: string) =>
    frame('task_run.state', null, {
      row,
      attempt: 1,
      run: { run_id: 't', status },
      result: { $id: 't', $status: status },
    });
  const status = (id: string | null, active: boolean) =>
    frame('task_group_status', id, {
      status: { task_run_status_counts: { running: 1 }, is_active: active, blocked: null },
    });

  it('keeps together what one id ends', () => {
    const { told } = readConnection([state(1, 'running'), state(0, 'running'), status('a', true), status('b', true)]);
    expect(told).toHaveLength(2);
    expect(told[0]).toMatchObject({ kind: 'change', active: true, blocked: null, counts: { running: 1 } });
    expect(told[0]!.rows.map(({ row }) => row)).toEqual([0, 1]);
  });

  it('forgets what was cut off', () => {
    expect(readConnection([status('a', true), state(1, 'running')])).toMatchObject({ unfinished: 1, closed: false });
    const cut = readConnection([frame('snapshot_start', null, { rows: 1 }), state(0, 'running')]);
    expect(cut).toMatchObject({ told: [], unfinished: 2 });
  });

  it('reads a snapshot, its rows with and without a run, and the end', () => {
    const rows = frame('rows', null, { rows: [{ row: 1, attempt: 1, result: { $id: null, $status: 'rejected' } }] });
    const done = frame('task_group.completed', null, { generation: 1 });
    const { told, closed } = readConnection([
      frame('snapshot_start', null, { rows: 2 }),
      rows,
      state(0, 'completed'),
      status(null, false),
      done,
      frame('snapshot_end', 'a'),
      frame('closed', null),
    ]);
    expect(closed).toBe(true);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ kind: 'snapshot', announced: 2, active: false, completed: 1 });
    expect(told[0]!.rows.map((row) => [row.row, row.status, row.runId])).toEqual([
      [0, 'completed', 't'],
      [1, 'rejected', null],
    ]);
  });

  it('begins anew after a reset, and passes over what it does not know', () => {
    const { reset, told } = readConnection([
      state(0, 'running'),
      frame('reset', null),
      frame('news', null),
      status('a', true),
    ]);
    expect(reset).toBe(true);
    expect(told).toHaveLength(1);
    expect(told[0]!.rows).toEqual([]);
  });
});

describe('a canonical text', () => {
  it('is the same for the same value and for no other', () => {
    expect(canonical({ b: [1, { d: 1, c: null }], a: 'x' })).toBe(canonical({ a: 'x', b: [1, { c: null, d: 1 }] }));
    expect(canonical({ a: [1, 2] })).not.toBe(canonical({ a: [2, 1] }));
    expect(canonical({ a: undefined as never })).toBe('{}');
  });
});

import { event, retryRequest, type RecordedEvent } from '@multitask/contracts';
import { recorded, report, text } from '../ingest/ingest.scenario';
import { cancelSummary } from './cancel-summary';
import { readCommandBody } from './command-body';
import { newCommandGroup } from './command-group';
import { appended, cancelled, created, deleted, given, groupId } from './commands.scenario';
import { deliveriesOf, type WebhookFact } from './deliveries';
import { earlierCommand } from './earlier-command';
import { decideCancel, decideDelete } from './ending.decider';
import { shownEvent } from './shown-event';

describe('the fold of commands', () => {
  it('fences by the last command, rows and unusable ones included', () => {
    const { state } = given(created(1), cancelled(), [event('GroupUnblocked', {})], appended(1, 1, 7));
    expect(state.seq).toBe(6);
    expect(state.header).toMatchObject({ generation: 1, rowCount: 1 });
  });
});

describe('a repeated call', () => {
  const request = { id: 'key', digest: 'body' };
  const { state } = given(created(1), appended(1, 2, 2, { request }));

  it('finds the command of the first one', () => {
    expect(earlierCommand(state, 'InputsAppended', request)?.data).toMatchObject({ first_row: 1, generation: 2 });
    expect(earlierCommand(state, 'InputsAppended', { ...request, id: 'another' })).toBeUndefined();
    expect(earlierCommand(state, 'InputsAppended', undefined)).toBeUndefined();
  });

  it('is refused when it asks for something else', () => {
    const reused = expect.objectContaining({ code: 'idempotency_key_reused' });
    expect(() => earlierCommand(state, 'InputsAppended', { ...request, digest: 'other' })).toThrow(reused);
    expect(() => earlierCommand(state, 'RetryRequested', request)).toThrow(reused);
  });
});

describe('ending a group', () => {
  it('cancels a generation once', () => {
    expect(decideCancel(given(created(1)).state)?.data).toEqual({ generation: 1 });
    expect(decideCancel(given(created(1), cancelled()).state)).toBeUndefined();
    expect(decideCancel(given(created(1), cancelled(), appended(1, 1, 2)).state)?.data).toEqual({ generation: 2 });
  });

  it('deletes once, and nothing but a delete follows', () => {
    expect(decideDelete(given(created(1)).state)?.data).toEqual({ generation: 1 });
    const gone = given(created(1), deleted()).state;
    expect(decideDelete(gone)).toBeUndefined();
    expect(() => decideCancel(gone)).toThrow(expect.objectContaining({ code: 'group_expired' }));
    expect(() => decideDelete(newCommandGroup(groupId))).toThrow(expect.objectContaining({ code: 'group_not_found' }));
  });

  it('says what a cancel left running', () => {
    const summary = cancelSummary({ cancelled: 5, queued: 1, running: 2, completed: 3, failed: 1 });
    expect(summary).toMatchObject({ cancelled: 5, going_on: 3, settled: 4 });
    expect(summary.detail).toMatch(/^5 rows are cancelled.*3 rows are bought before.*cannot stop/);
    expect(cancelSummary({}).detail).toBe('0 rows are cancelled and will not be bought.');
  });
});

describe('the body of a command', () => {
  it('may be left out', () => expect(readCommandBody(retryRequest, ' ')).toEqual({}));

  it.each([
    ['{"row":[1]}', 'unknown_field', 'row'],
    ['{"rows":[1,"2"]}', 'invalid_field', 'rows[1]'],
    ['{"rows":[-1]}', 'invalid_field', 'rows[0]'],
    ['[]', 'invalid_field', ''],
    ['{', 'malformed_body', undefined],
  ])('%s is refused by its field', (body, code, field) => {
    expect(() => readCommandBody(retryRequest, body)).toThrow(
      expect.objectContaining({ code, details: expect.objectContaining(field === undefined ? {} : { field }) }),
    );
  });
});

describe('what the owner sees of the log', () => {
  it('leaves out secrets’ ids, machines, inputs and outputs', () => {
    const done = { key: '0.1', run: report('0.1', 'completed').run, output: text('secret result') };
    const [rows, group, started, updated, several] = recorded([
      ...created(2, { webhook_id: 'hook', mcp_servers_id: 'mcp' }),
      event('IngestStarted', { holder: 'pod-7', lease_revision: 3 }),
      event('RunUpdated', done),
      event('RunsUpdated', { updates: [done, { key: '1.1', run: report('1.1', 'running').run }] }),
    ]).map(shownEvent);
    expect(rows).toMatchObject({ seq: 1, type: 'multitask.rows.accepted.v1', data: { first_row: 0, row_count: 2 } });
    expect(group!.data).toMatchObject({ generation: 1, origin: 'http://localhost' });
    expect(updated!.data).toMatchObject({ key: '0.1', has_output: true });
    expect(several!.data).toMatchObject({
      updates: [
        { key: '0.1', has_output: true },
        { key: '1.1', has_output: false },
      ],
    });
    expect(JSON.stringify([rows, group, started, updated, several])).not.toMatch(
      /cred_1|hook|mcp|"owner"|pod-7|Company|secret result/,
    );
  });
});

describe('deliveries', () => {
  const attempt = (generation: number, attempt: number, delivered: boolean) =>
    event('WebhookAttempted', {
      generation,
      attempt,
      status: delivered ? 200 : 500,
      error: delivered ? null : 'the endpoint answered 500',
      delivered,
      next_try_at: delivered ? null : '2026-01-01T01:00:00Z',
    });
  const facts = recorded([
    attempt(1, 1, false),
    attempt(1, 2, true),
    attempt(2, 1, false),
    event('WebhookGaveUp', { generation: 2, attempts: 1, reason: 'gone' }),
  ]) as readonly RecordedEvent[] as readonly WebhookFact[];
  const job = (generation: number, isDone: boolean) => ({
    generation,
    completedAt: new Date('2026-01-01T00:00:00Z'),
    dueAt: new Date('2026-01-01T00:10:00Z'),
    isDone,
  });

  it('tell each completion with its attempts, newest first', () => {
    const found = deliveriesOf(groupId, [job(1, true), job(2, true), job(3, false)], facts);
    expect(
      found.map(({ webhook_id, state, next_try_at, attempts }) => [webhook_id, state, next_try_at, attempts.length]),
    ).toEqual([
      [`${groupId}.3`, 'pending', '2026-01-01T00:10:00.000Z', 0],
      [`${groupId}.2`, 'given_up', null, 1],
      [`${groupId}.1`, 'delivered', null, 2],
    ]);
    expect(found[2]!.attempts[0]).toMatchObject({ attempt: 1, status: 500, delivered: false });
  });

  it('are pending again when asked for again', () => {
    expect(deliveriesOf(groupId, [job(1, false)], facts)[0]).toMatchObject({ state: 'pending' });
  });
});

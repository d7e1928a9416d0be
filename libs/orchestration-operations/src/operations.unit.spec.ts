import { OrchestrationError } from '@multitask/orchestration';
import { hostileValue } from '@multitask/testing';
import * as fc from 'fast-check';
import { z } from 'zod';
import { findOperation, operations, readInput } from './index';

const names = operations.map(({ name }) => name);
const op = (name: string) => findOperation(name)!;
const refusal = (name: string, input: unknown): OrchestrationError => {
  try {
    readInput(op(name), input);
  } catch (error) {
    return error as OrchestrationError;
  }
  throw new Error('it was accepted');
};

describe('the operations', () => {
  it('are those that clients of the predecessor know, and ours', () => {
    expect([...names].sort()).toEqual(
      [
        ...['create_run', 'get_run', 'get_task', 'seal_run', 'cancel_run', 'list_runs', 'list_run_tasks'],
        ...['list_run_events', 'list_events_since', 'list_pending_tasks', 'enqueue_task', 'enqueue_tasks'],
        ...['claim_next_task', 'claim_tasks', 'heartbeat_lease', 'mark_task_running', 'pause_task', 'resume_task'],
        ...['complete_task', 'fail_task', 'release_task', 'expire_leases', 'append_context_snapshot'],
        ...['get_current_context_snapshot', 'get_context_snapshot', 'list_context_snapshots', 'prune_runs'],
        ...['list_dead_tasks', 'requeue_dead_task', 'wait_run'],
      ].sort(),
    );
  });

  it.each(names)('%s has examples that its own schemas take, and schemas that can be published', (name) => {
    const { input, output, example } = op(name);
    expect(() => readInput({ input }, example.input)).not.toThrow();
    expect(output.safeParse(example.output)).toMatchObject({ success: true });
    expect(z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' })).toMatchObject({ type: 'object' });
    expect(z.toJSONSchema(output, { io: 'output', unrepresentable: 'any' })).toMatchObject({ type: 'object' });
  });

  it.each(names)('%s refuses what it does not know, and everything that is no object', (name) => {
    expect(refusal(name, { ...(op(name).example.input as object), surprise: 1 })).toMatchObject({
      name: 'ValidationError',
      field: 'surprise',
    });
    for (const input of [null, undefined, 'x', 7, [], true])
      expect(refusal(name, input)).toMatchObject({ name: 'ValidationError' });
  });

  it.each(names)('%s names the field that is missing', (name) => {
    const example = op(name).example.input as Record<string, unknown>;
    const { required = [] } = z.toJSONSchema(op(name).input, { io: 'input', unrepresentable: 'any' });
    for (const field of required) {
      const { [field]: _, ...rest } = example;
      expect(refusal(name, rest)).toMatchObject({ name: 'ValidationError', field });
    }
  });

  it.each(names)('%s answers any value in any of its fields with a refusal that names it, or takes it', (name) => {
    const example = op(name).example.input as Record<string, unknown>;
    const fields = Object.keys(
      z.toJSONSchema(op(name).input, { io: 'input', unrepresentable: 'any' }).properties ?? {},
    );
    if (fields.length === 0) return;
    fc.assert(
      fc.property(fc.constantFrom(...fields), hostileValue, (field, value) => {
        try {
          readInput(op(name), { ...example, [field]: value });
        } catch (error) {
          expect(error).toMatchObject({ name: 'ValidationError' });
          expect((error as OrchestrationError).field ?? field).toMatch(new RegExp(`^${field}`));
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('a value', () => {
  it.each([
    ['enqueue_tasks', { runId: 'r', tasks: [{ kind: 'a' }, { kind: '' }] }, 'tasks[1].kind must not be empty.'],
    ['enqueue_tasks', { runId: 'r', tasks: [] }, 'tasks must have at least 1.'],
    ['enqueue_task', { runId: 'r', kind: 'a', key: 'x\0y' }, 'key must have no control characters.'],
    [
      'enqueue_task',
      { runId: 'r', kind: 'a', input: 'x'.repeat(300_000) },
      'input must have at most 262144 characters as JSON.',
    ],
    [
      'pause_task',
      { taskId: 't', leaseId: 'l', workerId: 'w', status: 'idle' },
      'status must be blocked or waiting_input.',
    ],
    ['fail_task', { taskId: 't', leaseId: 'l', workerId: 'w', error: 7 }, 'error must be a text or an object.'],
    ['claim_next_task', { workerId: 'w', leaseMs: 1 }, 'leaseMs must be at least 100.'],
    ['list_runs', { limit: 1_001 }, 'limit must be at most 1000.'],
    ['expire_leases', { now: 'garbage' }, 'now must be a time in ISO 8601, or milliseconds since 1970.'],
    ['get_run', { runId: 7 }, 'runId must be a text.'],
    ['get_run', {}, 'runId is missing.'],
  ])('of %s is refused in words', (name, input, message) => {
    expect(refusal(name, input).message).toBe(message);
  });

  it('may be a time in either form', () => {
    const read = (now: unknown) => (readInput(op('expire_leases'), { now }) as { now: number }).now;
    expect(read('2026-11-21T15:00:00+01:00')).toBe(Date.UTC(2026, 10, 21, 14));
    expect(read(1_700_000_000_000)).toBe(1_700_000_000_000);
  });

  it('that nests too deep is refused before anything recurses into it', () => {
    const deep = JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`) as unknown;
    expect(refusal('enqueue_task', { runId: 'r', kind: 'a', input: deep }).message).toMatch(/deeper than 64/);
  });

  it('with a key that reaches for the prototype is refused', () => {
    const input = JSON.parse('{"__proto__":{"a":1}}') as unknown;
    expect(refusal('enqueue_task', { runId: 'r', kind: 'a', input }).message).toMatch(/__proto__/);
  });
});

import { OrchestrationError } from '@multitask/orchestration';
import { z } from 'zod';
import { operation } from '../operation';
import { snapshotAnswer } from '../schema/answers';
import { snapshotExample } from '../schema/examples';
import * as field from '../schema/fields';
import { snapshotRecord } from '../schema/records';
import { findSnapshot, requireRun } from '../visible';

export const appendContextSnapshot = operation({
  name: 'append_context_snapshot',
  title: 'Write a context snapshot',
  description: 'What the run knows from now on, joined key by key with what others wrote since the parent.',
  input: z.strictObject({
    runId: field.id,
    payload: field.object,
    id: field.id.optional(),
    taskId: field.id.optional(),
    scope: z.enum(['run', 'task']).optional(),
    parentSnapshotId: field.id.optional().describe('The one it was made from; the current one when left out.'),
    label: field.label.optional(),
  }),
  output: z.object({ snapshot: snapshotRecord }),
  effect: 'write',
  errors: ['RecordNotFoundError', 'ContextConflictError'],
  example: {
    input: { runId: 'run_6f1c', payload: { topic: 'capitals' } },
    output: { snapshot: snapshotExample },
  },
  async perform(on, input, caller) {
    await requireRun(on, caller, input.runId);
    return { snapshot: snapshotAnswer(await on.engine.contexts.append(input)) };
  },
});

export const getCurrentContextSnapshot = operation({
  name: 'get_current_context_snapshot',
  title: 'Read the current context of a run',
  description: 'What the run knows now; null while it has no context.',
  input: z.strictObject({ runId: field.id }),
  output: z.object({ snapshot: snapshotRecord.nullable() }),
  effect: 'read',
  errors: ['RecordNotFoundError'],
  example: { input: { runId: 'run_6f1c' }, output: { snapshot: snapshotExample } },
  async perform(on, { runId }, caller) {
    await requireRun(on, caller, runId);
    const snapshot = await on.engine.queries.currentSnapshot(runId);
    return { snapshot: snapshot ? snapshotAnswer(snapshot) : null };
  },
});

export const getContextSnapshot = operation({
  name: 'get_context_snapshot',
  title: 'Read a context snapshot',
  description: 'One snapshot by its id.',
  input: z.strictObject({ snapshotId: field.id }),
  output: z.object({ snapshot: snapshotRecord }),
  effect: 'read',
  errors: ['RecordNotFoundError'],
  example: { input: { snapshotId: snapshotExample.id }, output: { snapshot: snapshotExample } },
  async perform(on, { snapshotId }, caller) {
    const snapshot = await findSnapshot(on, caller, snapshotId);
    if (snapshot) return { snapshot: snapshotAnswer(snapshot) };
    throw new OrchestrationError('RecordNotFoundError', `There is no snapshot ${snapshotId}.`, 'snapshotId');
  },
});

export const listContextSnapshots = operation({
  name: 'list_context_snapshots',
  title: 'List the context snapshots of a run',
  description: 'The oldest first; nextCursor is null at the end.',
  input: z.strictObject({ runId: field.id, limit: field.limit(1_000, 100), cursor: field.cursor.default(0) }),
  output: z.object({ snapshots: z.array(snapshotRecord), nextCursor: z.string().nullable() }),
  effect: 'read',
  errors: ['RecordNotFoundError'],
  example: { input: { runId: 'run_6f1c' }, output: { snapshots: [snapshotExample], nextCursor: null } },
  async perform(on, { runId, limit, cursor }, caller) {
    await requireRun(on, caller, runId);
    const { items, next } = await on.engine.queries.snapshotsOfRun(runId, { after: cursor, limit });
    return { snapshots: items.map(snapshotAnswer), nextCursor: next === undefined ? null : String(next) };
  },
});

import {
  hasEnded,
  OrchestrationError,
  orchestrationEventTypes,
  type OrchestrationEvent,
} from '@multitask/orchestration';
import { z } from 'zod';
import { operation, type Caller, type Surroundings } from '../operation';
import { eventAnswer, runAnswer } from '../schema/answers';
import { eventExample, runExample } from '../schema/examples';
import * as field from '../schema/fields';
import { eventRecord, eventType, runRecord } from '../schema/records';
import { findRun, requireRun } from '../visible';

const longestWaitMs = 50_000;
const eventsAtOnce = 1_000;

export const listRunEvents = operation({
  name: 'list_run_events',
  title: 'List the events of a run',
  description: 'What happened, in order; nextCursor is null at the end.',
  input: z.strictObject({ runId: field.id, limit: field.limit(1_000, 200), cursor: field.cursor.default(0) }),
  output: z.object({ events: z.array(eventRecord), nextCursor: z.string().nullable() }),
  effect: 'read',
  errors: ['RecordNotFoundError'],
  example: { input: { runId: 'run_6f1c' }, output: { events: [eventExample], nextCursor: null } },
  async perform(on, { runId, limit, cursor }, caller) {
    await requireRun(on, caller, runId);
    const events = await on.engine.queries.events({ runId, after: cursor, limit, types: [] });
    // Of a pruned run a note is left; of one that never was, nothing.
    if (events.length === 0 && cursor === 0 && !(await findRun(on, caller, runId)))
      throw new OrchestrationError('RecordNotFoundError', `There is no run ${runId}.`, 'runId');
    return {
      events: events.map(eventAnswer),
      nextCursor: events.length < limit ? null : String(events.at(-1)!.id),
    };
  },
});

export const listEventsSince = operation({
  name: 'list_events_since',
  title: 'Read the feed of events',
  description:
    'Events after an id, of all runs or of one. Go on with afterId = nextCursor: nothing is missed, nothing comes twice.',
  input: z.strictObject({
    afterId: field.integer(0, Number.MAX_SAFE_INTEGER).describe('The last id seen; 0 for all.'),
    runId: field.id.optional(),
    eventTypes: field.listOf(eventType, orchestrationEventTypes.length).default([]),
    limit: field.limit(1_000, 200),
  }),
  output: z.object({ events: z.array(eventRecord), nextCursor: z.int() }),
  effect: 'read',
  errors: ['RecordNotFoundError'],
  example: { input: { afterId: 0 }, output: { events: [eventExample], nextCursor: eventExample.id } },
  async perform(on, { afterId, runId, eventTypes, limit }, caller) {
    if (runId !== undefined) await requireRun(on, caller, runId);
    const { namespace } = caller;
    const events = await on.engine.queries.events({
      after: afterId,
      limit,
      types: eventTypes,
      ...(runId !== undefined && { runId }),
      ...(namespace !== undefined && { namespace }),
    });
    return { events: events.map(eventAnswer), nextCursor: events.at(-1)?.id ?? afterId };
  },
});

export const waitRun = operation({
  name: 'wait_run',
  title: 'Wait for a run',
  description:
    'The run and the events since cursor; waits for the next one when there is none yet and the run has not ended.',
  input: z.strictObject({
    runId: field.id,
    timeoutMs: field.integer(0, longestWaitMs).default(25_000).describe('How long to wait at most, milliseconds.'),
    cursor: field.cursor.default(0).describe('The id of the last event seen.'),
  }),
  output: z.object({ run: runRecord, events: z.array(eventRecord), cursor: z.int() }),
  effect: 'read',
  errors: ['RecordNotFoundError'],
  example: {
    input: { runId: 'run_6f1c', cursor: 16 },
    output: { run: runExample, events: [eventExample], cursor: eventExample.id },
  },
  async perform(on, { runId, timeoutMs, cursor }, caller) {
    const until = on.elapsed() + timeoutMs;
    for (;;) {
      const { run, events } = await seen(on, caller, runId, cursor);
      const left = until - on.elapsed();
      const isDone = hasEnded(run.status) && run.sealed;
      if (events.length > 0 || isDone || left <= 0 || caller.signal.aborted)
        return { run: runAnswer(run), events: events.map(eventAnswer), cursor: events.at(-1)?.id ?? cursor };
      await on.wait({ what: 'run', runId }, left, caller.signal);
    }
  },
});

async function seen(on: Surroundings, caller: Caller, runId: string, after: number) {
  const events: OrchestrationEvent[] = [];
  const run = await findRun(on, caller, runId);
  if (!run) throw new OrchestrationError('RecordNotFoundError', `There is no run ${runId}.`, 'runId');
  events.push(...(await on.engine.queries.events({ runId, after, limit: eventsAtOnce, types: [] })));
  return { run, events };
}

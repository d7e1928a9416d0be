import { MultitaskError } from '../error/multitask.error';
import type { FlatRow, TaskOutput, TaskRun } from '../group/results';
import type { Answer } from '../request/transport';
import type { StreamEvent, TaskRunState } from './stream.events';

/** `GET /<id>/runs/<runId>.json`, as far as it is needed here. */
interface RowAnswer {
  readonly run: TaskRun;
  readonly output: TaskOutput | null;
  readonly result: FlatRow;
}

/** Puts large outputs where the stream has references to them. */
export async function* withLargeOutputs(
  events: AsyncGenerator<StreamEvent, void, undefined>,
  fetched: (reference: string) => Promise<Answer<object>>,
): AsyncGenerator<StreamEvent, void, undefined> {
  for await (const event of events)
    yield event.type === 'task_run.state' && event.output && 'output_url' in event.output
      ? await complete(event, event.output.output_url, fetched)
      : event;
}

async function complete(
  event: TaskRunState,
  reference: string,
  fetched: (reference: string) => Promise<Answer<object>>,
): Promise<TaskRunState> {
  try {
    const { run, output, result } = (await fetched(reference)).value as RowAnswer;
    return run.run_id === event.run.run_id && output ? { ...event, output, result } : event;
  } catch (error) {
    // Replaced by a retry, or gone with its group: the stream is about to say so.
    if (MultitaskError.is(error) && ['run_not_found', 'group_expired'].includes(error.code)) return event;
    throw error;
  }
}

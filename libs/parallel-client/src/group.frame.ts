import {
  rowInput,
  taskGroupStatus,
  taskRun,
  taskRunOutput,
  type RowInput,
  type TaskRun,
  type TaskRunOutput,
  type UpstreamGroupStatus,
} from '@multitask/contracts';
import { z } from 'zod';
import type { SseFrame } from './sse.reader';

/** What a frame of a group's stream says. `cursor` is where to go on after it. */
export type GroupFrame = { readonly cursor?: string } & (
  | {
      readonly kind: 'run';
      readonly run: TaskRun;
      readonly output?: TaskRunOutput;
      readonly input?: RowInput;
      readonly bytes: number;
    }
  | { readonly kind: 'status'; readonly status: UpstreamGroupStatus }
  /** The upstream has a trouble of its own; nothing more may be expected of this stream. */
  | { readonly kind: 'error'; readonly message: string }
  /** A type we do not know, or one we know in a shape we do not: passed over, but the cursor counts. */
  | { readonly kind: 'other'; readonly type: string; readonly wellFormed: boolean }
);

const envelope = z.looseObject({ type: z.string(), event_id: z.union([z.string(), z.number()]).nullish() });
const statusFrame = z.looseObject({ status: taskGroupStatus });
const errorFrame = z.looseObject({ error: z.looseObject({ message: z.string().nullish() }).nullish() });

export function readGroupFrame(frame: SseFrame): GroupFrame {
  if (frame.cut) return readCutFrame(frame);
  const json = parsed(frame.data);
  const head = envelope.safeParse(json);
  if (!head.success) return { kind: 'other', type: 'unreadable', wellFormed: false };
  const { type, event_id } = head.data;
  const cursor = event_id === null || event_id === undefined || event_id === '' ? {} : { cursor: String(event_id) };
  if (type === 'task_run.state') {
    const run = runOf(json);
    if (run) return { ...cursor, kind: 'run', run, ...outputOf(json), ...inputOf(json), bytes: frame.data.length };
  } else if (type === 'task_group_status') {
    const status = statusFrame.safeParse(json);
    if (status.success) return { ...cursor, kind: 'status', status: status.data.status };
  } else if (type === 'error') {
    const error = errorFrame.safeParse(json);
    return { ...cursor, kind: 'error', message: (error.success && error.data.error?.message) || 'no reason given' };
  } else return { ...cursor, kind: 'other', type, wellFormed: true };
  return { ...cursor, kind: 'other', type, wellFormed: false };
}

/** What of a run must be readable for it to be of use; the rest is kept where it has the known shape. */
const bareRun = taskRun
  .pick({ run_id: true, status: true, metadata: true, modified_at: true, created_at: true })
  .strip();
const bareOutput = taskRunOutput.omit({ basis: true }).strip();

export function runOf(json: unknown): TaskRun | undefined {
  const value = (json as { run?: unknown } | null)?.run;
  const whole = taskRun.safeParse(value);
  if (whole.success) return whole.data;
  const bare = bareRun.safeParse(value);
  return bare.success ? bare.data : undefined;
}

/**
 * Absent and null are the same. An output whose basis has no known shape is kept without it; one without content is as good as
 * none, and is asked for again.
 */
export function outputOf(json: unknown): { output?: TaskRunOutput } {
  const value = (json as { output?: unknown } | null)?.output;
  // Most runs of a list have none yet: that is no reason to look for what is wrong with it.
  if (value === null || value === undefined) return {};
  const whole = taskRunOutput.safeParse(value);
  if (whole.success) return { output: whole.data };
  const bare = bareOutput.safeParse(value);
  return bare.success ? { output: bare.data } : {};
}

const boughtWith = z.looseObject({ input: rowInput });

/** What a run was bought with, where that was asked for. */
function inputOf(json: unknown): { input?: RowInput } {
  const value = (json as { input?: unknown } | null)?.input;
  if (value === null || value === undefined) return {};
  const read = boughtWith.safeParse(value);
  return read.success ? { input: read.data.input } : {};
}

/** A result beyond all limits: the beginning says whose it is, which is enough to end that row with a reason. */
function readCutFrame({ data }: SseFrame): GroupFrame {
  const runId = /"run_id"\s*:\s*"(trun_[0-9a-f]{32})"/.exec(data)?.[1];
  const cursor = /"event_id"\s*:\s*"([^"\\]{1,200})"/.exec(data.slice(0, 1_000))?.[1];
  const at = cursor ? { cursor } : {};
  if (!runId) return { ...at, kind: 'other', type: 'too large', wellFormed: false };
  return { ...at, kind: 'run', run: { run_id: runId, status: 'completed' }, bytes: data.length };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

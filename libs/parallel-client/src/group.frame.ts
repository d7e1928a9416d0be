import {
  taskGroupStatus,
  taskRun,
  taskRunOutput,
  type TaskRun,
  type TaskRunOutput,
  type UpstreamGroupStatus,
} from '@multitask/contracts';
import { z } from 'zod';
import type { SseFrame } from './sse.reader';

/** What a frame of a group's stream says. `cursor` is where to go on after it. */
export type GroupFrame = { readonly cursor?: string } & (
  | { readonly kind: 'run'; readonly run: TaskRun; readonly output?: TaskRunOutput; readonly bytes: number }
  | { readonly kind: 'status'; readonly status: UpstreamGroupStatus }
  /** The upstream has a trouble of its own; nothing more may be expected of this stream. */
  | { readonly kind: 'error'; readonly message: string }
  /** A type we do not know, or one we know in a shape we do not: passed over, but the cursor counts. */
  | { readonly kind: 'other'; readonly type: string; readonly wellFormed: boolean }
);

const envelope = z.looseObject({ type: z.string(), event_id: z.union([z.string(), z.number()]).nullish() });
const runFrame = z.looseObject({ run: taskRun });
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
    const run = runFrame.safeParse(json);
    if (run.success) return { ...cursor, kind: 'run', run: run.data.run, ...outputOf(json), bytes: frame.data.length };
  } else if (type === 'task_group_status') {
    const status = statusFrame.safeParse(json);
    if (status.success) return { ...cursor, kind: 'status', status: status.data.status };
  } else if (type === 'error') {
    const error = errorFrame.safeParse(json);
    return { ...cursor, kind: 'error', message: (error.success && error.data.error?.message) || 'no reason given' };
  } else return { ...cursor, kind: 'other', type, wellFormed: true };
  return { ...cursor, kind: 'other', type, wellFormed: false };
}

/** Absent and null are the same; an output in a shape we do not know is as good as none, and is asked for again. */
export function outputOf(json: unknown): { output?: TaskRunOutput } {
  const output = taskRunOutput.safeParse((json as { output?: unknown } | null)?.output);
  return output.success ? { output: output.data } : {};
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

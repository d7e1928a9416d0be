import { z } from 'zod';
import { rowInput } from '../json';
import { runStatuses, taskRun, taskRunOutput } from '../upstream';

const rowKey = z.string();

/** A new holder took the group; every append of an older holder is refused from here on. */
export const ingestStarted = z.object({ holder: z.string(), lease_revision: z.number().int() });

/** Written before the paid POST, so that nobody buys these keys again before it is clear what became of it. */
export const runsRequested = z.object({
  batch: z.number().int().min(1),
  keys: z.array(rowKey).min(1),
  /** RFC 3339; the POST is aborted by then. */
  deadline: z.string(),
});

export const runsAdded = z.object({
  batch: z.number().int().min(1),
  runs: z.array(z.object({ key: rowKey, run_id: z.string() })).min(1),
});

/** Runs of a group that is followed, as rows from `first_row` on: they were bought elsewhere, with these inputs. */
export const runsFollowed = z.object({
  first_row: z.number().int().min(0),
  runs: z.array(z.object({ run_id: z.string(), input: rowInput })).min(1),
});

/** Rows the upstream or our own limits refused; nothing was bought for them. */
export const runsRejected = z.object({
  runs: z.array(z.object({ key: rowKey, code: z.string(), message: z.string() })).min(1),
});

/** `duplicate`: a second run for a key. `foreign`: a run in the group that is not ours. Neither is shown as a row. */
export const surplusRunSeen = z.object({
  run_id: z.string(),
  key: rowKey.optional(),
  reason: z.enum(['duplicate', 'foreign']),
});

/** A run advanced. `output` is there exactly when the run is completed. */
export const runUpdated = z.object({
  key: rowKey,
  run: taskRun,
  output: taskRunOutput.optional(),
});

/** Several of the above that were reported in one go: one message of the log, in the order they were reported, no row twice. */
export const runsUpdated = z.object({ updates: z.array(runUpdated).min(1) });

export const statusCounts = z.record(z.string(), z.number().int());

/** Our own count of the group's rows, and how far the upstream's event stream has been read. */
export const groupStatusChanged = z.object({
  counts: statusCounts,
  is_active: z.boolean(),
  status_message: z.string().optional(),
  cursor: z.string().optional(),
});

export const groupBlocked = z.object({
  reason: z.enum(['credit', 'key_refused', 'upstream_down']),
  message: z.string(),
  /** RFC 3339. */
  next_try_at: z.string(),
  tries: z.number().int().min(1),
});
export const groupUnblocked = z.object({});

/** Every row of this generation is settled, and the log holds the output of every completed run. */
export const groupCompleted = z.object({ generation: z.number().int().min(1), counts: statusCounts });

export const runStatus = z.enum(runStatuses);

import type { RowStatus } from '@multitask/task-group';

/** A sign before the word, so that a status is seen before it is read; the word always follows. */
export const statusMark: Record<RowStatus, string> = {
  queued: '⏳',
  running: '🔄',
  cancelling: '🔄',
  completed: '✅',
  failed: '❌',
  rejected: '⛔',
  cancelled: '🚫',
  action_required: '✋',
};

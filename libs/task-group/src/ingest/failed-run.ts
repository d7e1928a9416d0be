import type { TaskRun } from '@multitask/contracts';

/** A run that we end ourselves, in the upstream's form; `error.code` tells it from one that failed upstream. */
export const failedRun = (run: Pick<TaskRun, 'run_id'> & Partial<TaskRun>, code: string, message: string): TaskRun => ({
  ...run,
  status: 'failed',
  is_active: false,
  error: { code, message },
});

import { isActive, isSettled, type GroupHeader, type RowStatus } from '@multitask/task-group';

export interface Progress {
  /** Rows that reached their end, whatever end. */
  readonly done: number;
  readonly total: number;
  readonly completed: number;
  /** Rows that ended without an answer: failed, rejected, cancelled, waiting for an action. */
  readonly unanswered: number;
  readonly active: boolean;
}

export function progressOf(
  header: Pick<GroupHeader, 'counts' | 'rowCount' | 'generation' | 'completedGeneration'>,
): Progress {
  const counts = Object.entries(header.counts) as [RowStatus, number][];
  const done = counts.reduce((sum, [status, count]) => sum + (isSettled(status) ? count : 0), 0);
  const completed = header.counts.completed ?? 0;
  return { done, total: header.rowCount, completed, unanswered: done - completed, active: isActive(header) };
}

/** ⏳ while work goes on, ✅ at the end, ❌ at an end without a single answer. */
export function progressMark(progress: Progress): string {
  if (progress.active) return '⏳';
  return progress.total > 0 && progress.completed === 0 ? '❌' : '✅';
}

/** The title of the page's tab: how far the group is, then what it is about. */
export const progressTitle = (header: GroupHeader): string => {
  const progress = progressOf(header);
  return `${progressMark(progress)} ${progress.done}/${progress.total} ${titleOf(header)}`;
};

/** A title longer than this is a text, and does not fit a tab or a heading. */
const titleLength = 120;

/** What the group is about: its title, else the first line of the wanted output. */
export function titleOf(header: Pick<GroupHeader, 'spec'>): string {
  const wanted = header.spec.title ?? header.spec.output_description ?? '';
  const line = wanted.trim().split(/[\r\n]/, 1)[0]!;
  if (line === '') return 'Task group';
  return line.length > titleLength ? `${line.slice(0, titleLength - 1).trimEnd()}…` : line;
}

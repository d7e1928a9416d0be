import type { GroupHeader } from '@multitask/task-group';
import { progressOf } from './progress';

/** How fast rows come to their end, as the whole of the group's life tells. */
export interface Pace {
  readonly rowsPerMinute: number;
  readonly secondsLeft: number;
}

/** Below this a rate is noise: the first rows of a group come together, or not at all. */
const leastSeconds = 5;

/**
 * Null when there is nothing left, or nothing to tell from: before the first row is done, while nothing can move, and after an
 * append or retry, whose beginning is not among what a header says.
 */
export function paceOf(header: GroupHeader): Pace | null {
  const { done, total, active } = progressOf(header);
  const seconds = (Date.parse(header.modifiedAt) - Date.parse(header.createdAt)) / 1_000;
  if (!active || header.blocked || header.generation > 1 || done === 0 || !(seconds >= leastSeconds)) return null;
  return { rowsPerMinute: (done / seconds) * 60, secondsLeft: ((total - done) * seconds) / done };
}

/** `14 rows a minute · about 3 min left` */
export function paceText({ rowsPerMinute, secondsLeft }: Pace): string {
  const rate = rowsPerMinute >= 10 ? Math.round(rowsPerMinute) : Math.max(0.1, Math.round(rowsPerMinute * 10) / 10);
  return `${rate.toLocaleString('en')} ${rate === 1 ? 'row' : 'rows'} a minute · ${timeLeft(secondsLeft)} left`;
}

function timeLeft(seconds: number): string {
  if (seconds < 50) return 'less than a minute';
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `about ${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 36 ? `about ${hours} h` : `about ${Math.round(hours / 24)} days`;
}

import type { GroupResult } from './example-client';

const barWidth = 24;

export interface Counts {
  readonly total: number;
  readonly completed: number;
  readonly failed: number;
  readonly active: boolean;
}

/** Whatever will not change any more and did not complete counts as failed. */
const failures = ['failed', 'cancelled', 'rejected', 'action_required'];

export function countsOf({ status }: GroupResult): Counts {
  const of = (name: string) => status.task_run_status_counts[name] ?? 0;
  return {
    total: status.num_task_runs,
    completed: of('completed'),
    failed: failures.reduce((sum, name) => sum + of(name), 0),
    active: status.is_active,
  };
}

/** `[██████──────] 6/12` and how many failed, if any. */
export function progressLine({ total, completed, failed }: Counts): string {
  const done = completed + failed;
  const filled = total === 0 ? 0 : Math.round((done / total) * barWidth);
  const bar = '█'.repeat(filled) + '─'.repeat(barWidth - filled);
  return `[${bar}] ${done}/${total}${failed > 0 ? `, ${failed} failed` : ''}`;
}

/** On a terminal one line that is drawn over; elsewhere a line per change, so that logs stay readable. */
export class ProgressBar {
  private last = '';

  constructor(private readonly stream: NodeJS.WriteStream) {}

  show(counts: Counts): void {
    const line = progressLine(counts);
    if (line === this.last) return;
    this.last = line;
    this.stream.write(this.stream.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
  }

  end(): void {
    if (this.last && this.stream.isTTY) this.stream.write('\n');
  }
}

import { MultitaskError } from '@multitask/contracts';

/** Half of what a pod has under /tmp; a result of 100,000 rows with reports of 5 kB is 500 MB. */
const defaultLimit = 1024 * 1024 * 1024;

/** What all exports of a process may keep in files at once. */
export class SpoolSpace {
  private used = 0;

  constructor(private readonly limit: number = defaultLimit) {}

  get inUse(): number {
    return this.used;
  }

  /** Throws `not_ready`. */
  take(bytes: number): void {
    if (this.used + bytes > this.limit)
      throw new MultitaskError('not_ready', 'Too many long results are on their way. Please try again shortly.', {
        retryAfter: 30,
      });
    this.used += bytes;
  }

  giveBack(bytes: number): void {
    this.used -= bytes;
  }
}

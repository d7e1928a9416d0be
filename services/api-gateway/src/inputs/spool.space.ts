import { MultitaskError } from '@multitask/contracts';

/**
 * What all requests of a process may keep in files at once: eight uploads of the largest size. More at the same time are told
 * to come back, instead of filling the disk for everybody.
 */
const maxBytes = 2 * 1024 * 1024 * 1024;

export class SpoolSpace {
  private used = 0;

  get inUse(): number {
    return this.used;
  }

  constructor(private readonly limit: number = maxBytes) {}

  take(bytes: number): void {
    if (this.used + bytes > this.limit)
      throw new MultitaskError(
        'not_ready',
        'Too many large uploads are being worked on. Send this one again shortly.',
        {
          retryAfter: 30,
        },
      );
    this.used += bytes;
  }

  giveBack(bytes: number): void {
    this.used -= bytes;
  }
}

/** One disk, one count. */
export const spoolSpace = new SpoolSpace();

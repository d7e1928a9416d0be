/** The emulator's time in milliseconds: the machine's plus an offset that the control API moves. */
export class EmulatorClock {
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly machine: () => number,
    private offset = 0,
  ) {}

  now(): number {
    return Math.floor(this.machine() + this.offset);
  }

  get offsetMs(): number {
    return this.offset;
  }

  move(offsetMs: number): void {
    this.offset = offsetMs;
    for (const listener of this.listeners) listener();
  }

  onMove(listener: () => void): void {
    this.listeners.add(listener);
  }
}

/** RFC 3339 in UTC with microseconds, as the API writes it. */
export const timestamp = (ms: number): string => new Date(ms).toISOString().replace('Z', '000Z');

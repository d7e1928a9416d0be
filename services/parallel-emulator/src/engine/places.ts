/**
 * The places in which runs of one group work at the same time: a binary heap of the times at which they become free.
 * Planning with it at acceptance replaces a queue that would have to be looked after while runs progress.
 */
export class Places {
  private readonly freeAt: number[] = [];

  /** `busyUntil` are the ends of runs planned earlier. */
  constructor(
    private readonly capacity: number,
    busyUntil: readonly number[] = [],
  ) {
    for (const time of busyUntil.toSorted((a, b) => b - a).slice(0, capacity)) this.push(time);
  }

  occupy(readyAt: number, duration: number): number {
    const start = this.freeAt.length < this.capacity ? readyAt : Math.max(readyAt, this.pop());
    this.push(start + duration);
    return start;
  }

  private push(time: number): void {
    const heap = this.freeAt;
    let at = heap.push(time) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]! <= heap[at]!) break;
      [heap[parent], heap[at]] = [heap[at]!, heap[parent]!];
      at = parent;
    }
  }

  private pop(): number {
    const heap = this.freeAt;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length > 0) heap[0] = last;
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      if (left >= heap.length) return first;
      const child = left + 1 < heap.length && heap[left + 1]! < heap[left]! ? left + 1 : left;
      if (heap[at]! <= heap[child]!) return first;
      [heap[at], heap[child]] = [heap[child]!, heap[at]!];
      at = child;
    }
  }
}

/** The first slab of a group that says little; each next one is twice as large, up to {@link largestBytes}. */
const firstBytes = 4 * 1024;
const largestBytes = 64 * 1024;

/**
 * Hands out buffers that lie behind one another in memory, so that what follows in a stream can be sent in one piece without
 * being copied together. A slab is freed with the last buffer that was taken from it.
 */
export class FrameSlab {
  private slab = Buffer.alloc(0);
  private used = 0;

  /** A buffer of so many bytes, not cleared. What is larger than a slab is by itself. */
  take(length: number): Buffer {
    if (length > largestBytes) return Buffer.allocUnsafeSlow(length);
    if (length > this.slab.length - this.used) {
      const doubled = Math.min(largestBytes, Math.max(firstBytes, this.slab.length * 2));
      this.slab = Buffer.allocUnsafeSlow(Math.max(doubled, length));
      this.used = 0;
    }
    this.used += length;
    return this.slab.subarray(this.used - length, this.used);
  }
}

/** Whether `next` begins in memory where `bytes` ends. */
export const adjoins = (bytes: Buffer, next: Buffer): boolean =>
  bytes.buffer === next.buffer && bytes.byteOffset + bytes.length === next.byteOffset;

/** What lies between the beginning of the one and the end of the other, which must be in the same slab. */
export const spanOf = (first: Buffer, last: Buffer): Buffer =>
  Buffer.from(first.buffer, first.byteOffset, last.byteOffset + last.length - first.byteOffset);

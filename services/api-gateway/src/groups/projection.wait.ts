import type { GroupReader, HeaderSnapshot } from '@multitask/read-model';

const askAgainMs = 40;

/** Waits until readers see what a command wrote: a caller that reads at once should not meet the group as it was before. */
export class ProjectionWait {
  constructor(
    private readonly reader: Pick<GroupReader, 'header'>,
    private readonly waitMs = 2_000,
  ) {}

  /** The group once everything up to `seq` is in the read model; undefined when that takes too long. */
  reached(groupId: string, seq: number): Promise<HeaderSnapshot | undefined> {
    return this.until(groupId, ({ position }) => position.seq >= seq);
  }

  /** Whether the group is gone for its readers. */
  async expired(groupId: string): Promise<boolean> {
    return (await this.until(groupId, ({ header }) => header.expiredAt !== null)) !== undefined;
  }

  private async until(
    groupId: string,
    isThere: (found: HeaderSnapshot) => boolean,
  ): Promise<HeaderSnapshot | undefined> {
    for (const deadline = performance.now() + this.waitMs; ;) {
      const found = await this.reader.header(groupId).catch(() => undefined);
      if (found && isThere(found)) return found;
      if (performance.now() >= deadline) return undefined;
      await new Promise((resolve) => setTimeout(resolve, askAgainMs));
    }
  }
}

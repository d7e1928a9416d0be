import { GroupTail, type TailParts } from './group.tail';

export interface TailTimes {
  /** Milliseconds a tail outlives its last reader: whoever was cut off finds the latest frames still there. */
  readonly lingerMs: number;
  /** How often the incarnation of the log is compared; it can only change while NATS is down. */
  readonly incarnationCheckMs: number;
}

const defaultTimes: TailTimes = { lingerMs: 10_000, incarnationCheckMs: 5_000 };

/** One tail per group and process, however many readers it has. */
export class TailRegistry {
  private readonly tails = new Map<string, Promise<GroupTail>>();
  private readonly watch: NodeJS.Timeout;

  constructor(
    private readonly parts: TailParts,
    private readonly onCount: (tails: number) => void = () => {},
    private readonly times: TailTimes = defaultTimes,
  ) {
    this.watch = setInterval(() => void this.endRewound(), times.incarnationCheckMs).unref();
  }

  /** Rejects as {@link GroupSource} does. */
  open(groupId: string): Promise<GroupTail> {
    const known = this.tails.get(groupId);
    if (known) return known;
    const opening = GroupTail.open(groupId, this.parts);
    this.tails.set(groupId, opening);
    this.onCount(this.tails.size);
    opening.then(
      (tail) => this.closeWhenUnread(groupId, opening, tail),
      () => this.forget(groupId, opening),
    );
    return opening;
  }

  async close(): Promise<void> {
    clearInterval(this.watch);
    for (const tail of await Promise.allSettled(this.tails.values()))
      if (tail.status === 'fulfilled') tail.value.stop('stopped');
    this.tails.clear();
  }

  private closeWhenUnread(groupId: string, opening: Promise<GroupTail>, tail: GroupTail): void {
    tail.onEnd(() => this.forget(groupId, opening));
    const { lingerMs } = this.times;
    let unreadSince = Date.now();
    const check = setInterval(() => {
      if (tail.readers > 0) unreadSince = Date.now();
      else if (Date.now() - unreadSince >= lingerMs) tail.stop('stopped');
    }, lingerMs / 4).unref();
    tail.onEnd(() => clearInterval(check));
  }

  private forget(groupId: string, opening: Promise<GroupTail>): void {
    if (this.tails.get(groupId) !== opening) return;
    this.tails.delete(groupId);
    this.onCount(this.tails.size);
  }

  private async endRewound(): Promise<void> {
    if (this.tails.size === 0) return;
    const incarnation = await this.parts.log.incarnation().catch(() => undefined);
    if (incarnation === undefined) return;
    for (const tail of await Promise.allSettled(this.tails.values()))
      if (tail.status === 'fulfilled' && tail.value.incarnation !== incarnation) tail.value.stop('rewound');
  }
}

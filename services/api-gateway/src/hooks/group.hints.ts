import { hintSubject } from '@multitask/contracts';

/** Of a connection to NATS, what is needed here. */
interface Announcer {
  publish(subject: string, payload: string): void;
  isClosed(): boolean;
}

/** A group whose thousand runs end at once needs one look, not a thousand. */
const leastGapMs = 1_000;

/** Groups and webhooks that are remembered; beyond that the oldest are forgotten, which costs a needless look. */
const remembered = 10_000;

/** Asks whoever holds a group to look at it now. Nobody may hear it: nothing depends on it. */
export class GroupHints {
  private readonly asked = new Map<string, number>();
  private readonly hooks = new Set<string>();

  constructor(
    private readonly nats: Announcer,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Whether a webhook is seen for the first time. Its sender repeats what we did not answer, and others may repeat it too. */
  isNew(hookId: string): boolean {
    if (this.hooks.has(hookId)) return false;
    this.hooks.add(hookId);
    forgetOldest(this.hooks);
    return true;
  }

  give(groupId: string): void {
    const now = this.now();
    if (now - (this.asked.get(groupId) ?? Number.NEGATIVE_INFINITY) < leastGapMs) return;
    if (this.nats.isClosed()) return;
    this.nats.publish(hintSubject, groupId);
    this.asked.delete(groupId);
    this.asked.set(groupId, now);
    forgetOldest(this.asked);
  }
}

function forgetOldest(known: Map<string, unknown> | Set<string>): void {
  if (known.size > remembered) for (const oldest of known.keys()) return void known.delete(oldest);
}

import type { EventOf } from '@multitask/contracts';
import { FenceRefusedError, type EventLog } from '@multitask/event-log';

type Fact = EventOf<'WebhookAttempted'> | EventOf<'WebhookGaveUp'>;

/** Other writers of a group's notify subject are replicas of this service; they never write much. */
const attempts = 5;

/** Facts about webhooks into the log, unless the group is gone: behind a tombstone nothing may come. */
export class NotifyLog {
  constructor(private readonly log: EventLog) {}

  /**
   * The place behind which facts of this group may be written; undefined when the group is gone. Rejects when the log cannot be
   * reached: then nothing should be sent either, because it could not be written down.
   */
  async open(groupId: string): Promise<number | undefined> {
    const seq = await this.log.lastSeq(groupId, 'notify');
    if (seq === 0) return seq;
    for await (const entry of this.log.readGroup(groupId, seq))
      return entry.kind === 'event' && entry.event.name === 'GroupExpired' ? undefined : seq;
    return seq;
  }

  /** False when the group was gone before. */
  async append(groupId: string, facts: readonly Fact[], place: number): Promise<boolean> {
    let seq: number | undefined = place;
    for (let attempt = 1; seq !== undefined; attempt++) {
      try {
        await this.log.append(groupId, facts, { of: 'writer', seq });
        return true;
      } catch (error) {
        if (!(error instanceof FenceRefusedError) || attempt === attempts) throw error;
        seq = await this.open(groupId);
      }
    }
    return false;
  }
}

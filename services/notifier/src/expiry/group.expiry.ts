import type { EventName } from '@multitask/contracts';
import { FenceRefusedError, type EventLog } from '@multitask/event-log';
import type { Logger } from '@multitask/platform';
import type { GroupReader, GroupRepository } from '@multitask/read-model';
import { decideExpiry, type ExpiryReason } from '@multitask/task-group';
import type { NotifierMetrics } from '../notifier.metrics';

export interface ExpiryParts {
  readonly log: EventLog;
  readonly groups: GroupReader;
  readonly repository: Pick<GroupRepository, 'groupsToExpire'>;
  readonly metrics: NotifierMetrics;
  readonly logger: Logger;
  readonly now: () => Date;
}

/** Groups looked at in one round; the next round takes the rest. */
const groupsPerRound = 200;

/** Ends groups: writes the tombstone, after which the projector forgets the rows and a purge follows. */
export class GroupExpiry {
  constructor(private readonly parts: ExpiryParts) {}

  /** One round over all groups whose time has come. One that cannot be ended now is met again in the next round. */
  async expireDue(signal: AbortSignal): Promise<void> {
    const { repository, logger, metrics, now } = this.parts;
    for (const { groupId, reason } of await repository.groupsToExpire(now(), groupsPerRound)) {
      if (signal.aborted) return;
      await this.expire(groupId, reason).catch((error: unknown) => {
        metrics.failures.inc({ work: 'expiry' });
        logger.warn({ err: error, groupId }, 'a group could not be ended; trying again');
      });
    }
  }

  /** True when the group is gone afterwards, whoever ended it. */
  async expire(groupId: string, reason: ExpiryReason): Promise<boolean> {
    const { log, groups, metrics, logger, now } = this.parts;
    const found = await groups.header(groupId);
    if (!found) return false;
    if (found.header.expiredAt) return true;
    // A new generation may have been projected since the group was found to be due.
    if (reason === 'ttl' && !isDue(found.header.expiresAt, now())) return false;
    // The fence is the log's end as it is decided upon: a command that comes meanwhile is seen, never overtaken.
    const seq = await log.lastSeq(groupId);
    const newer = await this.eventsBehind(groupId, found.header.seq, seq);
    if (newer.includes('GroupExpired')) return true;
    const expired = decideExpiry(reason, newer, now());
    if (!expired) return false;
    try {
      await log.append(groupId, [expired], { of: 'group', seq });
    } catch (error) {
      if (error instanceof FenceRefusedError) return false;
      throw error;
    }
    metrics.expiries.inc({ reason });
    logger.info({ groupId, reason }, 'a group ended');
    return true;
  }

  private async eventsBehind(groupId: string, seen: number, until: number): Promise<EventName[]> {
    const names: EventName[] = [];
    if (until <= seen) return names;
    for await (const entry of this.parts.log.readGroup(groupId, seen + 1))
      if (entry.kind === 'event' && entry.event.seq <= until) names.push(entry.event.name);
    return names;
  }
}

const isDue = (expiresAt: string | null, now: Date): boolean =>
  expiresAt !== null && Date.parse(expiresAt) <= now.getTime();

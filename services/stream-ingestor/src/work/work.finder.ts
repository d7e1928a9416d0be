import { setTimeout as sleep } from 'node:timers/promises';
import { commandFilter, type EventName } from '@multitask/contracts';
import type { EventLog } from '@multitask/event-log';
import type { Logger } from '@multitask/platform';
import { Backoff } from '../group/backoff';
import type { FellowWatch } from './fellow.watch';
import type { GroupHolder } from './group.holder';
import { everyOpenGroup, type OpenGroups } from './open.groups';

export interface FinderTools {
  readonly log: EventLog;
  readonly groups: OpenGroups;
  readonly holder: GroupHolder;
  readonly fellows: FellowWatch;
  readonly scanMs: number;
  readonly logger: Logger;
  /** Told how many groups are open, and how many other replicas there are. */
  readonly onScan: (open: number, others: number) => void;
}

/** How often they are looked for while the leases of a lost replica end. */
const lossScanMs = 1_000;

/** Commands after which a group has work; the others only concern whoever holds it. */
const openingCommands: ReadonlySet<EventName> = new Set<EventName>([
  'GroupCreated',
  'InputsAppended',
  'RetryRequested',
]);

/** Finds groups that need a holder: commands in the log are the hint, the read model's open groups are the truth. */
export class WorkFinder {
  constructor(private readonly tools: FinderTools) {}

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.listen(signal), this.scan(signal)]);
  }

  private async listen(signal: AbortSignal): Promise<void> {
    const { log, holder, logger } = this.tools;
    const backoff = new Backoff(200, 5_000);
    let from: number | undefined;
    while (!signal.aborted) {
      try {
        from ??= (await log.state()).lastSeq + 1;
        for await (const entry of log.tail(commandFilter, from, signal)) {
          if (entry.kind !== 'event') continue;
          backoff.reset();
          from = entry.event.seq + 1;
          const { groupId, name } = entry.event;
          if (holder.holds(groupId)) holder.hint(groupId);
          else if (openingCommands.has(name)) holder.claim(groupId, { isNew: true });
        }
        // Ended by the log itself: it was set back, and its places are others now.
        from = undefined;
      } catch (error) {
        if (signal.aborted) return;
        logger.warn({ err: error }, 'commands cannot be listened to; trying again');
      }
      await sleep(backoff.next(), undefined, { signal }).catch(() => undefined);
    }
  }

  private async scan(signal: AbortSignal): Promise<void> {
    const { groups, holder, fellows, scanMs, logger, onScan } = this.tools;
    while (!signal.aborted) {
      try {
        const open = await everyOpenGroup(groups);
        // What is held and not open may have ended without a command: its time was over.
        holder.lookAgain(open);
        const unheld = [...open].filter((groupId) => !holder.holds(groupId));
        // With nobody there, groups may still be held: by one that died a moment ago.
        if (unheld.length > 0 || fellows.others.size > 0) {
          const held = await holder.lookAround(fellows.others);
          for (const groupId of unheld) if (!held.has(groupId)) holder.claim(groupId);
        }
        onScan(open.size, fellows.others.size);
      } catch (error) {
        logger.warn({ err: error }, 'open groups cannot be listed; trying again');
      }
      await fellows.changed.wait(signal, fellows.lostOneLately ? Math.min(scanMs, lossScanMs) : scanMs);
    }
  }
}

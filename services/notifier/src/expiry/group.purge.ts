import { event } from '@multitask/contracts';
import { FenceRefusedError, type EventLog } from '@multitask/event-log';
import type { GroupReader, LeftoverRepository } from '@multitask/read-model';
import type { Vault } from '@multitask/vault';

export interface PurgeParts {
  readonly log: EventLog;
  readonly groups: Pick<GroupReader, 'header'>;
  readonly vault: Vault;
  readonly leftovers: Pick<LeftoverRepository, 'forgetTraces'>;
}

const rounds = 10;

/** Forgets what log, vault and tables still hold of an expired group. Done twice, it does no harm. */
export class GroupPurge {
  constructor(private readonly parts: PurgeParts) {}

  /** Rejects when the log still grows behind the tombstone: the job is then done again. */
  async purge(groupId: string): Promise<void> {
    const { groups, vault, leftovers } = this.parts;
    const found = await groups.header(groupId);
    await vault.destroyBySubject(groupId);
    // By name too: a create that died before it could bind its secrets has left them without a subject.
    const { credentialId, webhookId, mcpServersId } = found?.header ?? {};
    await vault.destroy([credentialId, webhookId, mcpServersId].filter((id) => typeof id === 'string'));
    await leftovers.forgetTraces(groupId);
    // No row any more: the tombstone's year is over, or the tables are being rebuilt and will make this job again.
    if (!found?.header.expiredAt) return;
    await this.purgeLog(groupId, found.header.seq, found.header.expiredAt);
  }

  /**
   * Purges below the tombstone. A holder that had not noticed may have written behind it: its facts get a new tombstone behind
   * them and go too. Once its subject is empty, its fence refuses everything it still tries.
   */
  private async purgeLog(groupId: string, tombstone: number, expiredAt: string): Promise<void> {
    const { log } = this.parts;
    let seq = tombstone;
    for (let round = 0; round < rounds; round++) {
      await log.purgeGroup(groupId, seq);
      const last = await log.lastSeq(groupId);
      if (last <= seq) return;
      try {
        const again = event('GroupExpired', { reason: 'ttl', expired_at: expiredAt });
        seq = (await log.append(groupId, [again], { of: 'group', seq: last })).lastSeq;
      } catch (error) {
        if (!(error instanceof FenceRefusedError)) throw error;
      }
    }
    throw new Error(`the log of ${groupId} grows behind its tombstone`);
  }
}

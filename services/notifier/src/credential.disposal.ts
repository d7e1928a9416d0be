import type { GroupReader, NotifyJob } from '@multitask/read-model';
import type { Vault } from '@multitask/vault';

/** A key is kept for as long as it may have to buy or read something, and no longer. */
export class CredentialDisposal {
  constructor(
    private readonly groups: Pick<GroupReader, 'header'>,
    private readonly vault: Vault,
  ) {}

  /** Destroys the key of a completed generation, unless a later one goes on with it. Answers how many were destroyed. */
  async dispose({ groupId, credentialId }: NotifyJob): Promise<number> {
    if (credentialId === null) return 0;
    const found = await this.groups.header(groupId);
    const active = found && found.header.completedGeneration < found.header.generation;
    if (active && found.header.credentialId === credentialId) return 0;
    return this.vault.destroy([credentialId]);
  }
}

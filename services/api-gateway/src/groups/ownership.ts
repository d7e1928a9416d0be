import { MultitaskError } from '@multitask/contracts';
import { UpstreamError, type Upstream } from '@multitask/parallel-client';
import type { GroupReader } from '@multitask/read-model';
import { livingHeader } from '@multitask/task-group';
import { Secret, type Vault } from '@multitask/vault';
import { expired, type CommandLog } from './command.log';

export interface OwnershipParts {
  readonly reader: Pick<GroupReader, 'header'>;
  readonly commands: CommandLog;
  readonly vault: Vault;
  readonly upstream: Pick<Upstream, 'clientFor'>;
}

/** Whether a key may command a group: the key that created it, or any that can read it upstream. */
export class Ownership {
  constructor(private readonly parts: OwnershipParts) {}

  /** Throws `group_not_found`, `group_expired`, `not_owner`, or what kept the upstream from telling. */
  async check(groupId: string, apiKey: string): Promise<void> {
    const fingerprint = await this.fingerprintOf(groupId);
    if (fingerprint === this.parts.vault.fingerprintOf(apiKey)) return;
    if (await this.canReadUpstream(groupId, apiKey)) return;
    throw new MultitaskError(
      'not_owner',
      'This key neither created the group nor can read it at Parallel. Use the key it was created with.',
      { field: 'x-api-key' },
    );
  }

  /** The read model first: strangers must not make us read logs. */
  private async fingerprintOf(groupId: string): Promise<string> {
    const found = await this.parts.reader.header(groupId);
    if (found?.header.expiredAt) throw expired(groupId, found.header.expiredAt);
    return found?.header.ownerFingerprint ?? livingHeader(await this.parts.commands.read(groupId)).ownerFingerprint;
  }

  private async canReadUpstream(groupId: string, apiKey: string): Promise<boolean> {
    try {
      await this.parts.upstream.clientFor(new Secret(apiKey)).getGroup(groupId);
      return true;
    } catch (error) {
      if (!UpstreamError.is(error)) throw error;
      if (error.kind !== 'unavailable' && error.kind !== 'timed_out' && error.kind !== 'rate_limited') return false;
      const { retryAfter } = error.details;
      throw new MultitaskError(
        error.kind === 'rate_limited' ? 'rate_limited' : 'upstream_failed',
        'Parallel could not be asked whether this key may read the group. Try again, or use the key it was created with.',
        { ...(retryAfter !== undefined && { retryAfter }), cause: error },
      );
    }
  }
}

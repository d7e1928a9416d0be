import { AppendUnclearError } from '@multitask/event-log';
import type { Vault } from '@multitask/vault';

/** The key a command came with: sealed when the command is decided, destroyed again when it comes to nothing. */
export class PresentedKey {
  private sealed: string | undefined;

  constructor(
    private readonly vault: Vault,
    private readonly groupId: string,
    private readonly apiKey: string,
  ) {}

  async credentialId(): Promise<string> {
    return (this.sealed ??= await this.vault.seal('upstream-key', this.apiKey, { subject: this.groupId }));
  }

  /** Runs `work`, which answers the command that stands in the log in the end: this call's, or an earlier one it repeats. */
  async for<C extends { readonly data: { readonly credential_id: string } }>(work: () => Promise<C>): Promise<C> {
    let used: string | undefined;
    let isUnclear = false;
    try {
      const command = await work();
      used = command.data.credential_id;
      return command;
    } catch (error) {
      // It may be in the log all the same. The key then stays until the group's end.
      isUnclear = (error as Error).cause instanceof AppendUnclearError;
      throw error;
    } finally {
      if (this.sealed !== undefined && this.sealed !== used && !isUnclear) await this.vault.destroy([this.sealed]);
    }
  }
}

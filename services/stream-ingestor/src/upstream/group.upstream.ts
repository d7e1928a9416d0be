import type { JsonObject } from '@multitask/contracts';
import { UpstreamError, type ParallelClient, type Upstream } from '@multitask/parallel-client';
import type { IngestHeader } from '@multitask/task-group';
import { Secret, SecretNotFoundError, VaultError, type Vault } from '@multitask/vault';

/** The upstream of one group, under the key its last command was given with. */
export class GroupUpstream {
  private current: { readonly credentialId: string; readonly client: ParallelClient } | undefined;

  constructor(
    private readonly vault: Vault,
    private readonly upstream: Upstream,
  ) {}

  /**
   * Rejects with an `UpstreamError` of kind `key_refused` when the key is gone or cannot be opened: to the group it is all the
   * same whether nobody has the key any more or nobody takes it. Other failures are the vault's being away.
   */
  async client(header: IngestHeader): Promise<ParallelClient> {
    const { credentialId } = header;
    if (this.current?.credentialId !== credentialId) {
      const opened = await this.open(credentialId);
      this.current = { credentialId, client: this.upstream.clientFor(opened) };
    }
    return this.current!.client;
  }

  /** MCP servers with their headers; empty when the group has none. */
  async mcpServers(header: IngestHeader): Promise<JsonObject[]> {
    if (header.mcpServersId === null) return [];
    const secret = await this.vault.open(header.mcpServersId, 'mcp-servers').catch(asRefusal);
    const value = secret.reveal();
    const list = Array.isArray(value) ? value : (value as JsonObject | null)?.servers;
    return Array.isArray(list) ? (list as JsonObject[]) : [];
  }

  private async open(credentialId: string): Promise<Secret<string>> {
    const secret = await this.vault.open(credentialId, 'upstream-key').catch(asRefusal);
    const value = secret.reveal();
    const key = typeof value === 'string' ? value : (value as JsonObject | null)?.api_key;
    if (typeof key !== 'string' || key === '') throw gone(undefined);
    return new Secret(key);
  }
}

function asRefusal(error: unknown): never {
  throw error instanceof VaultError ? gone(error) : error;
}

const gone = (cause: unknown): UpstreamError =>
  new UpstreamError(
    'key_refused',
    cause instanceof SecretNotFoundError
      ? 'The API key of this group is no longer kept. Retry the group with a key to go on.'
      : 'The API key of this group cannot be read. Retry the group with a key to go on.',
    { status: 401, cause },
  );

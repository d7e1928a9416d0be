import { randomUUID } from 'node:crypto';
import type { JsonValue } from '@multitask/contracts';
import type { MasterKeys } from './master-keys';
import { joined, newDataKey, parted, seal, unseal } from './seal';
import { Secret } from './secret';
import type { SealedRecord, SecretStore } from './secret.store';
import { SecretNotFoundError, SecretTamperedError, UnknownMasterKeyError, WrongPurposeError } from './vault.errors';

/** What a record may be opened for; part of what is authenticated. */
export type SecretPurpose = 'upstream-key' | 'webhook' | 'mcp-servers' | 'inputs-url' | 'oauth-token';

/** Bytes of one secret as JSON. Ten MCP servers with long headers stay far below. */
const maxSecretBytes = 256 * 1024;

/** Where every secret of a user lies, sealed; outside only its record's id travels. */
export class Vault {
  constructor(
    private readonly store: SecretStore,
    private readonly keys: MasterKeys,
    private readonly now: () => Date = () => new Date(),
  ) {}

  /** The same vault on another store, such as one that works inside the caller's transaction. */
  on(store: SecretStore): Vault {
    return new Vault(store, this.keys, this.now);
  }

  /**
   * Seals `value` and answers the record's id. Without a subject the record is swept unless {@link bind} claims it in time.
   * Throws a RangeError above 256 KiB.
   */
  async seal(
    purpose: SecretPurpose,
    value: JsonValue | Secret<JsonValue>,
    options: { subject?: string } = {},
  ): Promise<string> {
    const plaintext = Buffer.from(JSON.stringify(value instanceof Secret ? value.reveal() : value));
    if (plaintext.length > maxSecretBytes) throw new RangeError(`a secret may have ${maxSecretBytes} bytes at most`);
    const id = randomUUID();
    const dataKey = newDataKey();
    const now = this.now();
    try {
      await this.store.insert({
        id,
        purpose,
        subject: options.subject ?? null,
        keyId: this.keys.sealing.id,
        wrappedKey: joined(seal(this.keys.sealing.key, dataKey, id)),
        ...seal(dataKey, plaintext, boundTo(id, purpose)),
        createdAt: now,
        boundAt: options.subject === undefined ? null : now,
      });
    } finally {
      dataKey.fill(0);
      plaintext.fill(0);
    }
    return id;
  }

  /** Throws one of the {@link VaultError}s. */
  async open<T extends JsonValue = JsonValue>(id: string, purpose: SecretPurpose): Promise<Secret<T>> {
    const record = await this.store.find(id);
    if (!record) throw new SecretNotFoundError(id);
    if (record.purpose !== purpose) throw new WrongPurposeError(id, purpose);
    const dataKey = this.unwrap(record);
    const plaintext = unseal(dataKey, record, boundTo(id, purpose));
    dataKey.fill(0);
    if (!plaintext) throw new SecretTamperedError(id);
    return new Secret(JSON.parse(plaintext.toString()) as T);
  }

  /** Says whose the records are; from then on they live as long as their subject. */
  bind(ids: readonly string[], subject: string): Promise<void> {
    return this.store.bind(ids, subject, this.now());
  }

  destroy(ids: readonly string[]): Promise<number> {
    return this.store.destroy(ids);
  }

  destroyBySubject(subject: string): Promise<number> {
    return this.store.destroyBySubject(subject);
  }

  /**
   * Forgets what was sealed before `olderThan` and never claimed, except what `wanted` picks out of the ids it is shown.
   * Looks at no more than `limit` records, the oldest.
   */
  async sweepUnbound(
    olderThan: Date,
    wanted: (ids: readonly string[]) => Promise<ReadonlySet<string>> = async () => new Set(),
    limit = 500,
  ): Promise<number> {
    const ids = await this.store.unbound(olderThan, limit);
    const kept = await wanted(ids);
    return this.store.destroy(ids.filter((id) => !kept.has(id)));
  }

  /** Wraps up to `limit` records anew under the first master key; zero means that older keys seal nothing any more. */
  async rewrap(limit = 100): Promise<number> {
    const { id: keyId, key } = this.keys.sealing;
    const records = await this.store.wrappedOtherwise(keyId, limit);
    for (const record of records) {
      const dataKey = this.unwrap(record);
      await this.store.replaceWrapping(record, keyId, joined(seal(key, dataKey, record.id)));
      dataKey.fill(0);
    }
    return records.length;
  }

  fingerprintOf(apiKey: string): string {
    return this.keys.fingerprintOf(apiKey);
  }

  private unwrap(record: SealedRecord): Buffer {
    const master = this.keys.find(record.keyId);
    if (!master) throw new UnknownMasterKeyError(record.id, record.keyId);
    const dataKey = unseal(master.key, parted(record.wrappedKey), record.id);
    if (!dataKey) throw new SecretTamperedError(record.id);
    return dataKey;
  }
}

const boundTo = (id: string, purpose: string): string => `${id}\n${purpose}`;

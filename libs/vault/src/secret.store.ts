/** One sealed record, as it is stored. */
export interface SealedRecord {
  readonly id: string;
  readonly purpose: string;
  /** Whom it belongs to, such as a group's id; null until that is known. */
  readonly subject: string | null;
  /** Of the master key that wraps the data key. */
  readonly keyId: string;
  readonly wrappedKey: Buffer;
  readonly nonce: Buffer;
  readonly ciphertext: Buffer;
  readonly createdAt: Date;
  /** When the subject became known; null means that nobody has claimed the record yet. */
  readonly boundAt: Date | null;
}

/** Where sealed records lie. Knows nothing of keys. */
export interface SecretStore {
  insert(record: SealedRecord): Promise<void>;
  find(id: string): Promise<SealedRecord | undefined>;
  /** Records that are gone, or bound to the same subject already, stay as they are. */
  bind(ids: readonly string[], subject: string, at: Date): Promise<void>;
  /** Each `destroy…` answers how many records there were. */
  destroy(ids: readonly string[]): Promise<number>;
  destroyBySubject(subject: string): Promise<number>;
  /** Records that nobody has claimed, oldest first. */
  unbound(createdBefore: Date, limit: number): Promise<string[]>;
  /** Records wrapped under any other master key than `keyId`. */
  wrappedOtherwise(keyId: string, limit: number): Promise<SealedRecord[]>;
  /** Nothing happens when the record is gone or was wrapped anew meanwhile. */
  replaceWrapping(record: SealedRecord, keyId: string, wrappedKey: Buffer): Promise<void>;
}

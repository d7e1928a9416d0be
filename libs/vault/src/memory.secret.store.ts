import type { SealedRecord, SecretStore } from './secret.store';

/** For tests of what seals and opens, without a database. */
export class MemorySecretStore implements SecretStore {
  private readonly records = new Map<string, SealedRecord>();

  async insert(record: SealedRecord): Promise<void> {
    if (this.records.has(record.id)) throw new Error(`record ${record.id} is there already`);
    this.records.set(record.id, record);
  }

  async find(id: string): Promise<SealedRecord | undefined> {
    return this.records.get(id);
  }

  async bind(ids: readonly string[], subject: string, at: Date): Promise<void> {
    for (const record of this.among(ids))
      if (record.subject !== subject) this.records.set(record.id, { ...record, subject, boundAt: at });
  }

  destroy(ids: readonly string[]): Promise<number> {
    return this.drop((record) => ids.includes(record.id));
  }

  destroyBySubject(subject: string): Promise<number> {
    return this.drop((record) => record.subject === subject);
  }

  async unbound(createdBefore: Date, limit: number): Promise<string[]> {
    return [...this.records.values()]
      .filter((record) => !record.boundAt && record.createdAt < createdBefore)
      .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime())
      .slice(0, limit)
      .map(({ id }) => id);
  }

  async wrappedOtherwise(keyId: string, limit: number): Promise<SealedRecord[]> {
    return [...this.records.values()].filter((record) => record.keyId !== keyId).slice(0, limit);
  }

  async replaceWrapping(record: SealedRecord, keyId: string, wrappedKey: Buffer): Promise<void> {
    if (this.records.get(record.id)?.keyId === record.keyId)
      this.records.set(record.id, { ...this.records.get(record.id)!, keyId, wrappedKey });
  }

  private among(ids: readonly string[]): SealedRecord[] {
    return ids.flatMap((id) => this.records.get(id) ?? []);
  }

  private async drop(matches: (record: SealedRecord) => boolean): Promise<number> {
    const found = [...this.records.values()].filter(matches);
    for (const { id } of found) this.records.delete(id);
    return found.length;
  }
}

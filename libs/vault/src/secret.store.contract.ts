import { randomBytes, randomUUID } from 'node:crypto';
import type { SealedRecord, SecretStore } from './secret.store';

const record = (changes: Partial<SealedRecord> = {}): SealedRecord => ({
  id: randomUUID(),
  purpose: 'webhook',
  subject: null,
  keyId: 'aaaaaaaa',
  wrappedKey: randomBytes(60),
  nonce: randomBytes(12),
  ciphertext: randomBytes(40),
  createdAt: new Date('2026-01-01T00:00:00.000Z'),
  boundAt: null,
  ...changes,
});

const later = new Date('2026-01-02T00:00:00.000Z');

/** What every store must do; each implementation's spec runs it. */
export function describeSecretStore(name: string, open: () => Promise<SecretStore>): void {
  describe(name, () => {
    let store: SecretStore;
    beforeAll(async () => {
      store = await open();
    });

    it('gives back exactly what was put in', async () => {
      const put = record({ subject: 'tgrp_1', boundAt: later });
      await store.insert(put);
      expect(await store.find(put.id)).toEqual(put);
    });

    it('does not know other ids, nor text that is no id', async () => {
      expect(await store.find(randomUUID())).toBeUndefined();
      expect(await store.find("' or true --")).toBeUndefined();
      expect(await store.destroy(["' or true --", randomUUID()])).toBe(0);
      expect(await store.destroy([])).toBe(0);
    });

    it('refuses a second record under one id', async () => {
      const put = record();
      await store.insert(put);
      await expect(store.insert(put)).rejects.toThrow();
    });

    it('binds the records named and leaves what is bound already, and what is gone', async () => {
      const [free, bound, other] = [record(), record({ subject: 'tgrp_2', boundAt: new Date(0) }), record()];
      for (const each of [free, bound, other]) await store.insert(each);
      await store.bind([free.id, bound.id, randomUUID()], 'tgrp_2', later);
      await store.bind([], 'tgrp_2', later);
      expect(await store.find(free.id)).toMatchObject({ subject: 'tgrp_2', boundAt: later });
      expect(await store.find(bound.id)).toMatchObject({ subject: 'tgrp_2', boundAt: new Date(0) });
      expect(await store.find(other.id)).toMatchObject({ subject: null, boundAt: null });
    });

    it('destroys by id and by subject, once', async () => {
      const records = [record({ subject: 'tgrp_3' }), record({ subject: 'tgrp_3' }), record({ subject: 'tgrp_4' })];
      for (const each of records) await store.insert(each);
      expect(await store.destroy([records[0]!.id])).toBe(1);
      expect(await store.destroyBySubject('tgrp_3')).toBe(1);
      expect(await store.destroyBySubject('tgrp_3')).toBe(0);
      expect(await store.find(records[1]!.id)).toBeUndefined();
      expect(await store.find(records[2]!.id)).toBeDefined();
    });

    it('finds what nobody claimed in time, oldest first, and nothing else', async () => {
      const old = (day: number) => new Date(Date.UTC(2025, 0, day));
      const [second, first, claimed, young] = [
        record({ createdAt: old(2) }),
        record({ createdAt: old(1) }),
        record({ createdAt: old(1), subject: 'tgrp_5', boundAt: old(1) }),
        record({ createdAt: later }),
      ];
      for (const each of [second, first, claimed, young]) await store.insert(each);
      expect(await store.unbound(old(3), 10)).toEqual([first.id, second.id]);
      expect(await store.unbound(old(3), 1)).toEqual([first.id]);
    });

    it('finds what another master key wraps, and replaces the wrapping of that state alone', async () => {
      const put = record({ keyId: 'cccccccc' });
      await store.insert(put);
      const others = await store.wrappedOtherwise('aaaaaaaa', 10);
      expect(others.map(({ id }) => id)).toEqual([put.id]);
      const wrapped = randomBytes(60);
      await store.replaceWrapping(put, 'aaaaaaaa', wrapped);
      expect(await store.find(put.id)).toEqual({ ...put, keyId: 'aaaaaaaa', wrappedKey: wrapped });
      await store.replaceWrapping(put, 'dddddddd', randomBytes(60));
      expect(await store.find(put.id)).toMatchObject({ keyId: 'aaaaaaaa' });
    });
  });
}

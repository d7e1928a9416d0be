import { inspect } from 'node:util';
import fc from 'fast-check';
import type { JsonValue } from '@multitask/contracts';
import { MasterKeys, newMasterKey, vaultSettings } from './master-keys';
import { MemorySecretStore } from './memory.secret.store';
import { Secret } from './secret';
import type { SealedRecord } from './secret.store';
import { Vault } from './vault';
import { SecretNotFoundError, SecretTamperedError, UnknownMasterKeyError, WrongPurposeError } from './vault.errors';

const keys = [newMasterKey(), newMasterKey()] as const;

/** A store whose record a test may change behind the vault's back. */
class OpenStore extends MemorySecretStore {
  async change(id: string, change: (record: SealedRecord) => Partial<SealedRecord>): Promise<void> {
    const record = (await this.find(id))!;
    await this.destroy([id]);
    await this.insert({ ...record, ...change(record) });
  }
}

function vaultOf(keyList: string = keys[0]) {
  const store = new OpenStore();
  return { store, vault: new Vault(store, MasterKeys.parse(keyList)) };
}

const flipped = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 1;
  return copy;
};

describe('Vault', () => {
  it('opens what it sealed, whatever JSON it is', async () => {
    const { vault } = vaultOf();
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const normal = JSON.parse(JSON.stringify(value)) as JsonValue;
        const id = await vault.seal('webhook', normal);
        expect((await vault.open(id, 'webhook')).reveal()).toEqual(normal);
      }),
    );
  });

  it('never seals twice to the same bytes', async () => {
    const { vault, store } = vaultOf();
    const [one, two] = [await vault.seal('webhook', 'same'), await vault.seal('webhook', 'same')];
    const [first, second] = [(await store.find(one))!, (await store.find(two))!];
    expect(first.ciphertext).not.toEqual(second.ciphertext);
    expect(first.wrappedKey).not.toEqual(second.wrappedKey);
  });

  it.each(['ciphertext', 'nonce', 'wrappedKey'] as const)(
    'refuses a record whose %s was changed in any byte',
    async (part) => {
      const { vault, store } = vaultOf();
      const id = await vault.seal('webhook', 'canary-secret');
      const length = (await store.find(id))![part].length;
      for (let at = 0; at < length; at++) {
        await store.change(id, (record) => ({ [part]: flipped(record[part], at) }));
        const failure = await vault.open(id, 'webhook').catch((error: unknown) => error);
        expect(failure).toBeInstanceOf(SecretTamperedError);
        expect(inspect(failure)).not.toContain('canary');
        await store.change(id, (record) => ({ [part]: flipped(record[part], at) }));
      }
      expect((await vault.open(id, 'webhook')).reveal()).toBe('canary-secret');
    },
  );

  it('refuses a record that was cut', async () => {
    const { vault, store } = vaultOf();
    const id = await vault.seal('webhook', 'x');
    await store.change(id, () => ({ ciphertext: Buffer.alloc(3) }));
    await expect(vault.open(id, 'webhook')).rejects.toBeInstanceOf(SecretTamperedError);
  });

  it('refuses another purpose, also when the stored purpose was changed to it', async () => {
    const { vault, store } = vaultOf();
    const id = await vault.seal('upstream-key', 'k');
    await expect(vault.open(id, 'webhook')).rejects.toBeInstanceOf(WrongPurposeError);
    await store.change(id, () => ({ purpose: 'webhook' }));
    await expect(vault.open(id, 'webhook')).rejects.toBeInstanceOf(SecretTamperedError);
  });

  it('refuses one record’s bytes under another record’s id', async () => {
    const { vault, store } = vaultOf();
    const mine = await vault.seal('upstream-key', 'mine');
    const theirs = (await store.find(await vault.seal('upstream-key', 'theirs')))!;
    await store.change(mine, ({ id }) => ({ ...theirs, id }));
    await expect(vault.open(mine, 'upstream-key')).rejects.toBeInstanceOf(SecretTamperedError);
  });

  it('does not know a destroyed record', async () => {
    const { vault } = vaultOf();
    const id = await vault.seal('upstream-key', 'k', { subject: 'tgrp_1' });
    expect(await vault.destroyBySubject('tgrp_1')).toBe(1);
    await expect(vault.open(id, 'upstream-key')).rejects.toBeInstanceOf(SecretNotFoundError);
  });

  it('sweeps by its own clock what was never bound', async () => {
    const store = new OpenStore();
    const start = Date.parse('2026-05-01T00:00:00Z');
    const vault = new Vault(store, MasterKeys.parse(keys[0]), () => new Date(start));
    const [loose, bound, owned] = [
      await vault.seal('webhook', 1),
      await vault.seal('webhook', 2),
      await vault.seal('webhook', 3, { subject: 'tgrp_1' }),
    ];
    await vault.bind([bound], 'tgrp_1');
    expect(await vault.sweepUnbound(new Date(start))).toBe(0);
    expect(await vault.sweepUnbound(new Date(start + 1), async () => new Set([loose]))).toBe(0);
    expect(await vault.sweepUnbound(new Date(start + 1))).toBe(1);
    await expect(vault.open(loose, 'webhook')).rejects.toBeInstanceOf(SecretNotFoundError);
    expect((await vault.open(bound, 'webhook')).reveal()).toBe(2);
    expect((await vault.open(owned, 'webhook')).reveal()).toBe(3);
  });

  it('refuses a secret that is far too large', async () => {
    const { vault } = vaultOf();
    await expect(vault.seal('mcp-servers', 'x'.repeat(256 * 1024))).rejects.toThrow('262144 bytes at most');
  });
});

describe('rotation of the master key', () => {
  it('opens old records under a new first key, and wraps them anew so that the old one may go', async () => {
    const { store, vault } = vaultOf(keys[0]);
    const id = await vault.seal('upstream-key', 'k');
    const rotated = new Vault(store, MasterKeys.parse(`${keys[1]},${keys[0]}`));
    const newOnly = new Vault(store, MasterKeys.parse(keys[1]));

    expect((await rotated.open(id, 'upstream-key')).reveal()).toBe('k');
    await expect(newOnly.open(id, 'upstream-key')).rejects.toBeInstanceOf(UnknownMasterKeyError);
    expect(await rotated.rewrap()).toBe(1);
    expect(await rotated.rewrap()).toBe(0);
    expect((await newOnly.open(id, 'upstream-key')).reveal()).toBe('k');
  });

  it('keeps fingerprints when a key is put in front', () => {
    const before = MasterKeys.parse(keys[0]);
    const after = MasterKeys.parse(`${keys[1]}, ${keys[0]}`);
    expect(after.fingerprintOf('api-key')).toBe(before.fingerprintOf('api-key'));
    expect(after.sealing.id).not.toBe(before.sealing.id);
  });

  it('gives each API key and each house a fingerprint of its own', () => {
    const [one, other] = [MasterKeys.parse(keys[0]), MasterKeys.parse(keys[1])];
    const prints = [one.fingerprintOf('a'), one.fingerprintOf('b'), other.fingerprintOf('a')];
    expect(new Set(prints).size).toBe(3);
    for (const print of prints) expect(print).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    ['too short a key', 'c2hvcnQ=', 'key 1 is not 32 bytes'],
    ['nothing', '', 'key 1 is not 32 bytes'],
    ['a broken second key', `${keys[0]},c2hvcnQ=`, 'key 2 is not 32 bytes'],
    ['the same key twice', `${keys[0]},${keys[0]}`, 'the same key is listed twice'],
  ])('refuses %s without repeating it', (_, text, message) => {
    const result = vaultSettings.safeParse({ VAULT_MASTER_KEY: text });
    expect(result.error?.issues[0]?.message).toContain(message);
    expect(JSON.stringify(result.error)).not.toContain('c2hvcnQ');
  });
});

describe('Secret', () => {
  it('shows nothing in any of the ways values get printed', () => {
    const secret = new Secret('canary-secret');
    const ways = [
      String(secret),
      `${secret}`,
      JSON.stringify({ secret }),
      inspect({ secret }, { depth: 9, showHidden: true }),
    ];
    for (const way of ways) {
      expect(way).not.toContain('canary');
      expect(way).toContain('[secret]');
    }
    expect(Object.keys(secret)).toEqual([]);
    expect(secret.reveal()).toBe('canary-secret');
  });
});

import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { z } from 'zod';

const keyBytes = 32;

export interface MasterKey {
  /** First 8 hex digits of the key's SHA-256: says which key sealed a record and nothing about the key. */
  readonly id: string;
  readonly key: Buffer;
}

/**
 * The keys that wrap data keys, as VAULT_MASTER_KEY lists them: the newest first, which seals; the others only open.
 * A new key is put in front. The oldest may go once every record is wrapped anew (`Vault.rewrap`) and the groups made under it
 * are gone, because fingerprints are made with it.
 */
export class MasterKeys {
  private readonly fingerprintKey: Buffer;

  private constructor(private readonly keys: readonly [MasterKey, ...MasterKey[]]) {
    // The oldest: a key put in front must not change who owns which group, or which repeated request is known.
    this.fingerprintKey = Buffer.from(
      hkdfSync('sha256', keys.at(-1)!.key, Buffer.alloc(0), 'multitask fingerprint v1', keyBytes),
    );
  }

  /** Base64 keys of 32 bytes, comma-separated. Throws a RangeError that names the position, never the text. */
  static parse(text: string): MasterKeys {
    const keys = text.split(',').map((part, index) => {
      const key = Buffer.from(part.trim(), 'base64');
      if (key.length !== keyBytes)
        throw new RangeError(
          `key ${index + 1} is not ${keyBytes} bytes in base64; make one with: openssl rand -base64 32`,
        );
      return { id: createHash('sha256').update(key).digest('hex').slice(0, 8), key };
    });
    if (new Set(keys.map(({ id }) => id)).size !== keys.length) throw new RangeError('the same key is listed twice');
    return new MasterKeys(keys as [MasterKey, ...MasterKey[]]);
  }

  get sealing(): MasterKey {
    return this.keys[0];
  }

  find(id: string): MasterKey | undefined {
    return this.keys.find((key) => key.id === id);
  }

  /**
   * Names an API key without giving it away: HMAC-SHA256 under a key of the house, 64 hex digits. The same for the same API key
   * as long as the oldest master key stays.
   */
  fingerprintOf(apiKey: string): string {
    return createHmac('sha256', this.fingerprintKey).update(apiKey).digest('hex');
  }
}

/** A fresh key in the form VAULT_MASTER_KEY takes. */
export const newMasterKey = (): string => randomBytes(keyBytes).toString('base64');

/** The vault's setting; the same for every service that seals or opens. */
export const vaultSettings = z.object({
  VAULT_MASTER_KEY: z.string().transform((text, context) => {
    try {
      return MasterKeys.parse(text);
    } catch (error) {
      context.addIssue({ code: 'custom', message: (error as Error).message });
      return z.NEVER;
    }
  }),
});

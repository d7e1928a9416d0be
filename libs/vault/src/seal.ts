import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

export const newDataKey = (): Buffer => randomBytes(32);

export interface Sealed {
  readonly nonce: Buffer;
  /** Ciphertext and authentication tag. */
  readonly ciphertext: Buffer;
}

/** AES-256-GCM; `bound` is authenticated and not stored: opening needs the very same text. */
export function seal(key: Buffer, plaintext: Buffer, bound: string): Sealed {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagBytes }).setAAD(Buffer.from(bound));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  return { nonce, ciphertext };
}

/** Undefined when anything differs from what was sealed: key, nonce, ciphertext or `bound`. */
export function unseal(key: Buffer, { nonce, ciphertext }: Sealed, bound: string): Buffer | undefined {
  if (nonce.length !== nonceBytes || ciphertext.length < tagBytes) return undefined;
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagBytes })
    .setAAD(Buffer.from(bound))
    .setAuthTag(ciphertext.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(ciphertext.subarray(0, -tagBytes)), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** Nonce and ciphertext in one piece, as a wrapped key is stored. */
export const joined = ({ nonce, ciphertext }: Sealed): Buffer => Buffer.concat([nonce, ciphertext]);

export const parted = (bytes: Buffer): Sealed => ({
  nonce: bytes.subarray(0, nonceBytes),
  ciphertext: bytes.subarray(nonceBytes),
});

/** A sealed record could not be opened. The message names the record and its purpose, never what is in it. */
export class VaultError extends Error {
  override readonly name: string = 'VaultError';
}

/** There is no such record: never sealed, or destroyed since. */
export class SecretNotFoundError extends VaultError {
  override readonly name = 'SecretNotFoundError';
  constructor(readonly id: string) {
    super(`the vault has no record ${id}`);
  }
}

/** The record was sealed for another purpose than it is asked for. */
export class WrongPurposeError extends VaultError {
  override readonly name = 'WrongPurposeError';
  constructor(id: string, asked: string) {
    super(`record ${id} was not sealed for ${asked}`);
  }
}

/** The stored bytes are not what was sealed under this id and purpose: changed, moved or cut. */
export class SecretTamperedError extends VaultError {
  override readonly name = 'SecretTamperedError';
  constructor(id: string) {
    super(`record ${id} is not what was sealed`);
  }
}

/** The record was sealed under a master key that VAULT_MASTER_KEY no longer lists. */
export class UnknownMasterKeyError extends VaultError {
  override readonly name = 'UnknownMasterKeyError';
  constructor(id: string, keyId: string) {
    super(`record ${id} needs the master key ${keyId}, which is not among those given`);
  }
}

export { MasterKeys, newMasterKey, vaultSettings } from './master-keys';
export { MemorySecretStore } from './memory.secret.store';
export { PostgresSecretStore, type SecretsTable } from './postgres.secret.store';
export { Secret } from './secret';
export type { SealedRecord, SecretStore } from './secret.store';
export { Vault, type SecretPurpose } from './vault';
export {
  SecretNotFoundError,
  SecretTamperedError,
  UnknownMasterKeyError,
  VaultError,
  WrongPurposeError,
} from './vault.errors';

import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

export interface Secrets {
  /** Seals the vault: Base64 of 32 bytes. Lost, every sealed key and webhook secret is lost with it. */
  readonly vaultMasterKey: string;
  readonly operatorToken: string;
}

/** The environment's, else those an earlier start made and kept, else new ones. The file is readable by its owner alone. */
export function loadSecrets(file: string, env: Record<string, string | undefined>): Secrets {
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<Secrets>) : {};
  const made: Secrets = {
    vaultMasterKey: kept.vaultMasterKey ?? randomBytes(32).toString('base64'),
    operatorToken: kept.operatorToken ?? randomBytes(24).toString('base64url'),
  };
  if (!kept.vaultMasterKey || !kept.operatorToken)
    writeFileSync(file, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
  return {
    vaultMasterKey: env.VAULT_MASTER_KEY || made.vaultMasterKey,
    operatorToken: env.OPERATOR_TOKEN || made.operatorToken,
  };
}

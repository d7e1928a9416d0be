import { createHash } from 'node:crypto';

/** An upstream key that cannot be printed by accident; `Secret<string>` of the vault is one. */
export interface ApiKey {
  reveal(): string;
}

/** Names a key in the budgets without giving it away: the first 32 hex digits of its SHA-256. */
export const budgetNameOf = (key: ApiKey): string =>
  createHash('sha256').update(`multitask budget ${key.reveal()}`).digest('hex').slice(0, 32);

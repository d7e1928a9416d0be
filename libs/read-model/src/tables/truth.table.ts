import type { Generated } from 'kysely';
import type { Json, NullableJson } from './json.column';

/** Sealed secrets; written and read by the vault alone. */
export interface SecretsTable {
  id: string;
  purpose: string;
  subject: string | null;
  key_id: string;
  wrapped_key: Buffer;
  nonce: Buffer;
  ciphertext: Buffer;
  created_at: Generated<Date>;
  bound_at: Date | null;
}

/** A call that may be repeated: how far it came, and its answer once it has one. */
export interface IdempotencyRequestsTable {
  id: string;
  body_hash: string;
  state: 'in_progress' | 'done';
  steps: Json<unknown>;
  answer: NullableJson<unknown>;
  created_at: Generated<Date>;
  updated_at: Generated<Date>;
  locked_until: Date | null;
}

/** One budget of one API key, shared by all replicas: the theoretical arrival time of the next request (GCRA). */
export interface BudgetsTable {
  fingerprint: string;
  budget: string;
  tat: Date;
}

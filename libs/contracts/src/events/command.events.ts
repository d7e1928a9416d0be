import { z } from 'zod';
import { rowInput } from '../json';
import { groupSpec, groupWarning } from './group-spec';

/** Ties chunks of rows to the command that commits them; made anew by each create or append. */
const batchId = z.string();
const generation = z.number().int().min(1);
/** Id of a sealed record in the vault, never the secret itself. */
const credentialId = z.string();

/** Which call a command answers, so that its repeat gets the same answer: fingerprints of `Idempotency-Key` and of what was asked. */
const commandRequest = z.object({ id: z.string(), digest: z.string() });

/** A chunk of inputs. Counts for nothing until `GroupCreated` or `InputsAppended` commits its `batch_id`. */
export const rowsAccepted = z.object({
  batch_id: batchId,
  first_row: z.number().int().min(0),
  inputs: z.array(rowInput),
});

export const groupCreated = z.object({
  batch_id: batchId,
  row_count: z.number().int().min(0),
  generation: z.literal(1),
  spec: groupSpec,
  credential_id: credentialId,
  /** Vault record {url, secret} of the caller's webhook. */
  webhook_id: credentialId.optional(),
  /** Vault record of mcp_servers as the upstream needs them, headers included. */
  mcp_servers_id: credentialId.optional(),
  /** HMAC of the key under the house's own secret: proves an owner without keeping the key. */
  owner_fingerprint: z.string(),
  warnings: z.array(groupWarning),
  /** Origin of the URLs we handed out, such as `https://multitask.example`. */
  origin: z.string(),
  /** Whose answers these are, so that a page can say so plainly. */
  upstream: z.enum(['parallel', 'emulator', 'custom']),
  estimated_cost_usd: z.number().nullable(),
  /** Follows a group that exists upstream and buys nothing. */
  followed: z.boolean().optional(),
});

export const inputsAppended = z.object({
  batch_id: batchId,
  first_row: z.number().int().min(0),
  row_count: z.number().int().min(1),
  generation,
  credential_id: credentialId,
  /** About the rows of this append; `inputs[3]` counts from its own first row. */
  warnings: z.array(groupWarning).optional(),
  request: commandRequest.optional(),
});

/** Without rows it only brings a new key to a group that is blocked. */
export const retryRequested = z.object({
  rows: z.array(z.number().int()),
  generation,
  credential_id: credentialId,
  request: commandRequest.optional(),
});
export const cancelRequested = z.object({ generation });
export const deleteRequested = z.object({ generation });

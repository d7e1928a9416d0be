import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a webhook of the upstream comes with, as Standard Webhooks has it. */
export interface HookHeaders {
  readonly id: string;
  /** Unix seconds. */
  readonly timestamp: string;
  /** `v1,<base64>`, several of them while a secret is being changed. */
  readonly signature: string;
}

/** The sender's clock and ours may differ by so much; an older one is a replay. */
const toleranceSeconds = 300;

/** A sender signs with one or two secrets; nobody makes us compare a million. */
const mostSignatures = 10;

export const isFresh = ({ timestamp }: HookHeaders, nowMs: number): boolean =>
  /^\d{1,12}$/.test(timestamp) && Math.abs(nowMs / 1_000 - Number(timestamp)) <= toleranceSeconds;

/** Whether one of the account's secrets, separated by blanks, signed these very bytes. Tells nothing by how long it takes. */
export function isSigned(headers: HookHeaders, body: string, secrets: string): boolean {
  const signed = `${headers.id}.${headers.timestamp}.${body}`;
  const given = headers.signature
    .split(' ', mostSignatures)
    .flatMap((entry) => (entry.startsWith('v1,') ? [Buffer.from(entry.slice(3), 'base64')] : []));
  const wanted = keysOf(secrets).map((key) => createHmac('sha256', key).update(signed).digest());
  return wanted.some((own) => given.some((theirs) => theirs.length === own.length && timingSafeEqual(theirs, own)));
}

/** Older accounts sign with the whole text of their secret, newer ones with the bytes behind `whsec_`. */
const keysOf = (secrets: string): Buffer[] =>
  secrets
    .split(/\s+/)
    .filter((secret) => secret !== '')
    .flatMap((secret) => [
      Buffer.from(secret),
      ...(secret.startsWith('whsec_') ? [Buffer.from(secret.slice('whsec_'.length), 'base64')] : []),
    ])
    .filter((key) => key.length > 0);

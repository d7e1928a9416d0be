import { MultitaskError } from '../error/multitask.error';
import type { GroupStatus } from '../group/results';

/** What a webhook says: every row of this generation has its end. */
export interface TaskGroupCompleted {
  readonly type: 'task_group.completed';
  /** When it was completed, ISO 8601. */
  readonly timestamp: string;
  readonly data: {
    readonly url: string;
    readonly taskgroup_id: string;
    readonly generation: number;
    readonly status: GroupStatus;
  };
  readonly url: string;
}

/** A webhook that is genuine. */
export interface VerifiedWebhook {
  /** `<taskgroup_id>.<generation>`, the same at every delivery: drop what you have seen. */
  readonly id: string;
  /** When this attempt was sent. */
  readonly sentAt: Date;
  readonly event: TaskGroupCompleted;
}

export type WebhookHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

export interface VerifyOptions {
  /** The body as it arrived, byte for byte: parsed and written anew it has another signature. */
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly headers: WebhookHeaders;
  /** `whsec_…`; several while you change from one to the next. */
  readonly secret: string | readonly string[];
  /** Seconds that the time of sending may be away from `now`, either way; 300. */
  readonly toleranceSeconds?: number;
  readonly now?: Date;
}

const defaultToleranceSeconds = 300;
/** More signatures than any rotation has are an attempt to keep us busy. */
const maxSignatures = 16;

/**
 * Checks a webhook as Standard Webhooks says: HMAC-SHA256 over `id.timestamp.body`. Any secret may fit any of the signatures in
 * the header, as it is while one side changes its secret. All are compared, each in constant time. Rejects with the code
 * `webhook_refused`; the message never quotes a secret or a signature.
 */
export async function verifyWebhook(options: VerifyOptions): Promise<VerifiedWebhook> {
  const { body, headers, toleranceSeconds = defaultToleranceSeconds, now = new Date() } = options;
  const id = header(headers, 'webhook-id');
  const timestamp = header(headers, 'webhook-timestamp');
  const sentAt = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) * 1_000 : Number.NaN;
  if (!(Math.abs(now.getTime() - sentAt) <= toleranceSeconds * 1_000))
    throw refused(Number.isNaN(sentAt) ? 'webhook-timestamp is no time.' : 'It is too old, or from the future.');
  const signatures = signaturesIn(header(headers, 'webhook-signature'));
  const keys = await Promise.all([options.secret].flat().map(keyOf));
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const signed = joined(new TextEncoder().encode(`${id}.${timestamp}.`), bytes);
  let genuine = false;
  for (const key of keys)
    for (const signature of signatures) if (await crypto.subtle.verify('HMAC', key, signature, signed)) genuine = true;
  if (!genuine) throw refused('No signature fits: it was changed, or signed with another secret.');
  return { id, sentAt: new Date(sentAt), event: eventIn(bytes) };
}

function header(headers: WebhookHeaders, name: string): string {
  const value = isHeaders(headers) ? headers.get(name) : valueOf(headers, name);
  if (typeof value === 'string' && value !== '') return value;
  throw refused(`The header ${name} is missing.`);
}

const isHeaders = (headers: WebhookHeaders): headers is Headers =>
  typeof (headers as { get?: unknown }).get === 'function';

/** Frameworks write the names of headers in upper and lower case. A header that is there twice is none. */
function valueOf(headers: Exclude<WebhookHeaders, Headers>, name: string): unknown {
  const found = Object.entries(headers).filter(([key]) => key.toLowerCase() === name);
  const values = found.flatMap(([, value]) => value ?? []);
  return values.length === 1 ? values[0] : undefined;
}

/** `v1,<Base64>` separated by blanks; other versions are not ours to judge. */
function signaturesIn(text: string): Uint8Array<ArrayBuffer>[] {
  const parts = text.split(' ', maxSignatures).filter((part) => part.startsWith('v1,'));
  return parts.flatMap((part) => fromBase64(part.slice('v1,'.length)) ?? []);
}

async function keyOf(secret: string) {
  const bytes = fromBase64(secret.replace(/^whsec_/, ''));
  if (!bytes || bytes.length === 0)
    throw new MultitaskError('webhook_refused', 'The secret is none: it is whsec_ and Base64.', { field: 'secret' });
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function joined(head: Uint8Array, tail: Uint8Array): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}

function eventIn(bytes: Uint8Array): TaskGroupCompleted {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as TaskGroupCompleted;
  } catch {
    throw refused('Its body is not JSON.');
  }
}

const refused = (message: string): MultitaskError => new MultitaskError('webhook_refused', message);

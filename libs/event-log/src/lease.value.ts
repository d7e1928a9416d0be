import type { StoredMessage } from './message.decoder';

export interface LeaseTerms {
  readonly ttlMs: number;
  readonly renewMs: number;
}

export interface LeaseValue {
  readonly holder: string;
  /** Tells two processes of the same name apart: only the newer one's renewals count. */
  readonly token: string;
}

/** How a deleted key looks to every reader of the bucket. */
export const markerHeaders = [['KV-Operation', 'DEL']] as const;

/** The server marks an expired key in a way of its own. */
export const isMarker = (message: StoredMessage): boolean =>
  message.header('KV-Operation') !== undefined ||
  message.header('Nats-Marker-Reason') !== undefined ||
  message.data.length === 0;

export function readValue(message: StoredMessage): LeaseValue | undefined {
  try {
    const value = JSON.parse(Buffer.from(message.data).toString('utf8')) as Partial<LeaseValue>;
    return typeof value.holder === 'string' && typeof value.token === 'string' ? (value as LeaseValue) : undefined;
  } catch {
    return undefined;
  }
}

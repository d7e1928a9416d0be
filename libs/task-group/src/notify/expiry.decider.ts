import { event, type EventData, type EventName, type EventOf } from '@multitask/contracts';

export type ExpiryReason = EventData<'GroupExpired'>['reason'];

/**
 * Whether a group that seemed due still is, given the names of events that came after it was looked at. A new generation
 * keeps a group whose time to live had ended; nothing keeps one whose longest lifetime has, or whose owner wants it gone.
 */
export function decideExpiry(
  reason: ExpiryReason,
  newer: readonly EventName[],
  now: Date,
): EventOf<'GroupExpired'> | undefined {
  if (newer.includes('GroupExpired')) return undefined;
  const revived = newer.includes('InputsAppended') || newer.includes('RetryRequested');
  if (reason === 'ttl' && revived) return undefined;
  return event('GroupExpired', { reason, expired_at: now.toISOString() });
}

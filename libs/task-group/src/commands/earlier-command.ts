import { MultitaskError } from '@multitask/contracts';
import type { CommandGroup, RepeatableCommand } from './command-group';

/** A call that may be repeated: fingerprints of its `Idempotency-Key` and of all it asked for. */
export interface CommandRequest {
  readonly id: string;
  readonly digest: string;
}

/** The command an earlier call with the same key made, so that its repeat changes nothing. Throws for the key of another call. */
export function earlierCommand<N extends RepeatableCommand['name']>(
  state: CommandGroup,
  name: N,
  request: CommandRequest | undefined,
): Extract<RepeatableCommand, { name: N }> | undefined {
  const earlier = request && state.requests.get(request.id);
  if (!earlier) return undefined;
  if (earlier.name === name && earlier.data.request?.digest === request.digest)
    return earlier as Extract<RepeatableCommand, { name: N }>;
  throw new MultitaskError(
    'idempotency_key_reused',
    'This Idempotency-Key was used with another request. Use a new key for a new request.',
    { field: 'Idempotency-Key' },
  );
}

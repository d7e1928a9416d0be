import type { JsonValue } from '@multitask/contracts';
import { canonical } from '../model/canonical';
import { OrchestrationError } from '../orchestration.errors';
import type { StoredAnswer } from '../store/change-set';
import type { OrchestrationTransaction } from '../store/orchestration.store';
import type { EngineParts } from './engine.parts';

export interface TokenCall {
  readonly scope: string;
  readonly token: string | undefined;
  readonly fingerprint: string;
}

/** A call that may be repeated under a token. */
export const tokenCall = (parts: EngineParts, scope: string, token: string | undefined, order: unknown): TokenCall => ({
  scope,
  token,
  fingerprint: token === undefined ? '' : parts.digest(canonical(order)),
});

/** What is to be kept of the call, so that its repetition is answered alike. */
export const answerTo = ({ scope, token, fingerprint }: TokenCall, refs: JsonValue = null): StoredAnswer[] =>
  token === undefined ? [] : [{ scope, token, fingerprint, refs }];

/** What the first call with this token came to. Throws `ValidationError` when that call had other arguments. */
export async function answered(tx: OrchestrationTransaction, call: TokenCall): Promise<StoredAnswer | undefined> {
  if (call.token === undefined) return undefined;
  const answer = await tx.answer(call.scope, call.token);
  if (answer && answer.fingerprint !== call.fingerprint)
    throw new OrchestrationError(
      'ValidationError',
      'This token was used for a call with other arguments; use a new one.',
      call.scope.startsWith('create_run') || call.scope.startsWith('enqueue') ? 'idempotencyKey' : 'clientToken',
    );
  return answer;
}

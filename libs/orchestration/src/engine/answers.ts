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

/** What earlier calls with these tokens came to. */
export class KnownAnswers {
  private constructor(private readonly stored: readonly StoredAnswer[]) {}

  static async of(tx: OrchestrationTransaction, calls: readonly TokenCall[]): Promise<KnownAnswers> {
    const tokens = calls.flatMap(({ scope, token }) => (token === undefined ? [] : [{ scope, token }]));
    return new KnownAnswers(tokens.length === 0 ? [] : await tx.answers(tokens));
  }

  /** What the first call with this token came to. Throws `ValidationError` when that call had other arguments. */
  to(call: TokenCall): StoredAnswer | undefined {
    const answer = this.stored.find(({ scope, token }) => scope === call.scope && token === call.token);
    if (answer && answer.fingerprint !== call.fingerprint)
      throw new OrchestrationError(
        'ValidationError',
        'This token was used for a call with other arguments; use a new one.',
        call.scope.startsWith('create_run') || call.scope.startsWith('enqueue') ? 'idempotencyKey' : 'clientToken',
      );
    return answer;
  }
}

export const answered = async (tx: OrchestrationTransaction, call: TokenCall): Promise<StoredAnswer | undefined> =>
  (await KnownAnswers.of(tx, [call])).to(call);

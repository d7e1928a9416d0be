import { createHash, timingSafeEqual } from 'node:crypto';
import { MultitaskError } from '@multitask/contracts';
import { TokenRate } from './token.rate';
import type { NamespaceToken } from './token.settings';

/** Who asks: the operator, who sees everything, or whoever holds a token of one namespace. */
export interface Principal {
  /** Undefined: all of them. */
  readonly namespace: string | undefined;
}

/** Characters: longer ones are not even hashed. */
const longestToken = 4_096;

/** Knows whose a bearer token is, without telling by its time how much of one was right. */
export class TokenBook {
  private readonly entries: readonly { readonly digest: Buffer; readonly principal: Principal }[];

  constructor(
    operatorToken: string | undefined,
    tokens: readonly NamespaceToken[],
    private readonly rate = new TokenRate(0),
  ) {
    this.entries = [
      ...(operatorToken === undefined
        ? []
        : [{ digest: digestOf(operatorToken), principal: { namespace: undefined } }]),
      ...tokens.map(({ namespace, token }) => ({ digest: digestOf(token), principal: { namespace } })),
    ];
  }

  find(token: string): Principal | undefined {
    if (token.length > longestToken) return undefined;
    const digest = digestOf(token);
    let found: Principal | undefined;
    // All of them, whichever it is.
    for (const entry of this.entries) if (timingSafeEqual(entry.digest, digest)) found ??= entry.principal;
    return found;
  }

  /** Of an `Authorization` header. Throws `token_missing`, `token_refused` and `rate_limited`. */
  require(authorization: string | undefined): Principal {
    const token = /^Bearer[ ]+(.*)$/i.exec(authorization ?? '')?.[1]?.trim();
    if (!token)
      throw new MultitaskError('token_missing', 'Send the token of your namespace: Authorization: Bearer <token>.', {
        field: 'Authorization',
      });
    const principal = this.find(token);
    if (principal) {
      // Only tokens that are somebody's are counted, so there are no more counts than tokens.
      const retryAfter = this.rate.take(token);
      if (retryAfter === 0) return principal;
      throw new MultitaskError('rate_limited', `This token asks too often. Wait ${retryAfter} seconds.`, {
        retryAfter,
      });
    }
    throw new MultitaskError('token_refused', 'Nobody here has this token.', { field: 'Authorization' });
  }
}

const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();

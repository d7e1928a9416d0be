import type { z } from 'zod';

export interface NamespaceToken {
  readonly namespace: string;
  readonly token: string;
}

/** Shorter ones could be guessed. */
const shortestToken = 16;

/** `namespace=token,…`. A token may have no comma in it; everything behind the first `=` belongs to it. */
export function readTokens(text: string, context: z.RefinementCtx): NamespaceToken[] {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
  const tokens = parts.map((part) => {
    const at = part.indexOf('=');
    return { namespace: part.slice(0, Math.max(0, at)).trim(), token: part.slice(at + 1).trim() };
  });
  const seen = new Set<string>();
  for (const { namespace, token } of tokens) {
    // What is wrong is said without the token itself: settings are told in a log.
    if (!/^[^\p{Cc}\p{Cs}]{1,100}$/u.test(namespace)) refuse(context, 'each part must be namespace=token');
    else if (token.length < shortestToken)
      refuse(context, `the token of ${namespace} must have at least ${shortestToken} characters`);
    else if (seen.has(token)) refuse(context, `the token of ${namespace} is another namespace’s as well`);
    seen.add(token);
  }
  return tokens;
}

const refuse = (context: z.RefinementCtx, message: string): void => context.addIssue({ code: 'custom', message });

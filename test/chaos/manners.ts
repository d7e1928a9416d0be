import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ledger, RefusalAccount } from './ledger';

/** Every code a user may meet, by docs/errors.md. */
export const knownCodes = (root: string): ReadonlySet<string> =>
  new Set([...readFileSync(join(root, 'docs/errors.md'), 'utf8').matchAll(/^### (\w+)$/gm)].map(([, code]) => code!));

/** Words of drivers, servers and stacks that no user may ever see. */
const insideWords =
  /ECONN|EPIPE|ETIMEDOUT|postgres|\bpg_|nats|jetstream|kysely|SQLSTATE|57P0|53300|25006|terminat|relation "|read-only transaction|node_modules|\n\s+at \S+ \(/i;

/** What is wrong with an answer that was no success; undefined when it is a problem of the registry that helps. */
export function unmannerly({ of, status, type, retryAfter, body }: RefusalAccount, codes: ReadonlySet<string>) {
  const says = `${of} was answered ${status}`;
  if (insideWords.test(body)) return `${says} with words of the inside: ${body.slice(0, 300)}`;
  if (!/^application\/problem\+json|^text\/(html|markdown)/.test(type)) return `${says} as ${type || 'nothing'}`;
  const code = /"code":\s*"(\w+)"|<code>(\w+)<|Code: `(\w+)`/.exec(body)?.slice(1).find(Boolean);
  if (code === undefined || !codes.has(code)) return `${says} with the code ${code}, which is none of docs/errors.md`;
  if (status === 500) return `${says}: nobody had foreseen it (${code})`;
  if (status === 503 && !(Number(retryAfter) > 0)) return `${says} without Retry-After`;
  return undefined;
}

export const refusalsOf = ({ groups, polls, readers }: Ledger): RefusalAccount[] => [
  ...groups.flatMap(({ refusals }) => refusals),
  ...polls.flatMap(({ refusal }) => refusal ?? []),
  ...readers.flatMap(({ connections }) => connections.flatMap(({ refusal }) => refusal ?? [])),
];

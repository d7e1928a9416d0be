import { limits } from '@multitask/contracts';
import { OrchestrationError } from '@multitask/orchestration';
import type { z } from 'zod';
import type { Operation } from './operation';

/** Throws `ValidationError`, which names the first field at fault. */
export function readInput<I extends z.ZodType>(operation: Pick<Operation<I>, 'input'>, given: unknown): z.output<I> {
  checkShape(given);
  const result = operation.input.safeParse(given);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  if (issue.code === 'unrecognized_keys') {
    const field = pathOf([...issue.path, issue.keys[0]!]);
    throw new OrchestrationError('ValidationError', `${field} is not a known field.`, field);
  }
  const field = pathOf(issue.path);
  const where = field === '' ? 'The arguments' : field;
  throw new OrchestrationError(
    'ValidationError',
    `${where} ${wordsOf(issue, given)}.`,
    field === '' ? undefined : field,
  );
}

/** Ours stand as they are; the library's own begin so. */
function wordsOf(issue: z.core.$ZodIssue, given: unknown): string {
  if (issue.path.length > 0 && valueAt(given, issue.path) === undefined) return 'is missing';
  if (issue.code === 'invalid_value') return `must be ${issue.values.map(String).join(' or ')}`;
  return issue.message.startsWith('Invalid') ? 'is not of the type this field has' : issue.message;
}

const valueAt = (given: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce((value, part) => (value as Record<PropertyKey, unknown> | undefined)?.[part], given);

/** Names that callers chose are shown as far as they are names. */
const pathOf = (path: readonly PropertyKey[]): string =>
  path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : `${text}${text === '' ? '' : '.'}${shown(String(part))}`,
    '',
  );

const shown = (name: string): string =>
  /^[\w.-]{1,100}$/.test(name) ? name : `${name.replace(/[^\w.-]/g, '?').slice(0, 100)}`;

/** Without recursion: what nests deep enough to end a recursion is what this looks for. */
function checkShape(given: unknown): void {
  let level: unknown[] = [given];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limits.jsonDepth)
      throw new OrchestrationError('ValidationError', `The arguments nest deeper than ${limits.jsonDepth} levels.`);
    level = level.flatMap((item) =>
      (typeof item === 'object' && item !== null ? Object.entries(item) : []).map(inside),
    );
  }
}

function inside([key, value]: [string, unknown]): unknown {
  if (key !== '__proto__') return value;
  throw new OrchestrationError('ValidationError', 'The arguments have a key __proto__, which nobody needs.');
}

import { limits } from '@multitask/contracts';
import type { z } from 'zod';
import { NamedError } from './named.error';

/**
 * A tool's arguments as its schema has them. Throws `ValidationError`, which names the first field at fault; an argument that does
 * not exist is a fault, too.
 */
export function checkArguments<T extends z.ZodType>(schema: T, given: unknown): z.output<T> {
  checkShape(given);
  const result = schema.safeParse(given ?? {});
  if (result.success) return result.data;
  throw refusal(result.error.issues[0]!, given);
}

function refusal(issue: z.core.$ZodIssue, given: unknown): NamedError {
  if (issue.code === 'unrecognized_keys') {
    const field = pathOf([...issue.path, issue.keys[0]!]);
    return new NamedError('ValidationError', `There is no argument ${shown(field)}.`, field);
  }
  const field = pathOf(issue.path);
  if (field !== '' && valueAt(given, issue.path) === undefined)
    return new NamedError('ValidationError', `${shown(field)} is missing.`, field);
  const what = issue.message.replace(/\.$/, '');
  return field === ''
    ? new NamedError('ValidationError', `The arguments: ${what}.`)
    : new NamedError('ValidationError', `${shown(field)}: ${what}.`, field);
}

const valueAt = (given: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce((value, part) => (value as Record<PropertyKey, unknown> | undefined)?.[part], given);

/** `tasks[3].kind` */
const pathOf = (path: readonly PropertyKey[]): string =>
  path.map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i > 0 ? '.' : ''}${String(part)}`)).join('');

/** A stranger may have chosen the name, of any length. */
const shown = (field: string): string => (field.length > 100 ? `${field.slice(0, 100)}…` : field);

/** Before anything walks through it by recursion: how deep it is, and whether a key would reach for a prototype. */
function checkShape(root: unknown): void {
  let level: { value: unknown; field: string }[] = [{ value: root, field: '' }];
  for (let depth = 0; level.length > 0; depth++) {
    const next: typeof level = [];
    for (const { value, field } of level) {
      if (value === null || typeof value !== 'object') continue;
      if (depth > limits.jsonDepth)
        throw new NamedError('ValidationError', `${shown(field)} nests deeper than ${limits.jsonDepth} levels.`, field);
      for (const [key, item] of Object.entries(value)) {
        const top = field === '' ? key : field;
        if (key === '__proto__')
          throw new NamedError('ValidationError', `${shown(top)} has a key __proto__, which nobody needs.`, top);
        next.push({ value: item, field: top });
      }
    }
    level = next;
  }
}

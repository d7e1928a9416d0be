import type { z } from 'zod';
import { fieldPath, refuse } from '../create/faults';
import { parseJson } from '../create/json-document';
import { shownName } from '../create/shown-name';

/** Reads the optional JSON body of a command; nothing at all counts as an empty object. Throws with every fault. */
export function readCommandBody<S extends z.ZodType>(schema: S, text: string): z.infer<S> {
  const result = schema.safeParse(text.trim() === '' ? {} : parseJson(text, 'The body'));
  if (result.success) return result.data;
  const { issues } = result.error;
  const unknown = issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : []));
  if (unknown.length > 0)
    refuse(
      'unknown_field',
      unknown.map((key) => ({ field: shownName(key), message: 'is not a known field' })),
    );
  refuse(
    'invalid_field',
    issues.map(({ path, message }) => ({
      field: fieldPath(path),
      // Zod's own words begin like this; ours stand as they are.
      message: message.startsWith('Invalid input') ? 'is not of the type this field has' : message,
    })),
  );
}

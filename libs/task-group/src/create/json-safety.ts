/** What makes parsed JSON unusable; the message continues a sentence such as `The body …`. */
export class JsonFaultError extends Error {
  override readonly name = 'JsonFaultError';
}

/**
 * NUL and lone surrogates are valid JSON escapes, but no UTF-8 text and no Postgres value can hold them; a UTF-16 file read
 * as UTF-8 is full of NULs.
 */
export const isStorableText = (text: string): boolean => !text.includes('\0') && text.isWellFormed();

/**
 * Walks a parsed document without recursion, because documents made to break us are deep. `__proto__` is refused here once, so
 * that no later merge or copy can meet it.
 */
export function checkJson(root: unknown, maxDepth: number): void {
  const stack: { value: unknown; depth: number }[] = [{ value: root, depth: 0 }];
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { value, depth } = next;
    if (typeof value === 'string') checkText(value);
    if (typeof value !== 'object' || value === null) continue;
    if (depth >= maxDepth) throw new JsonFaultError(`nests deeper than ${maxDepth} levels`);
    if (Array.isArray(value)) {
      for (const item of value) stack.push({ value: item, depth: depth + 1 });
      continue;
    }
    for (const key of Object.keys(value)) {
      if (key === '__proto__') throw new JsonFaultError('has a key "__proto__", which may not be used');
      checkText(key);
      stack.push({ value: (value as Record<string, unknown>)[key], depth: depth + 1 });
    }
  }
}

function checkText(text: string): void {
  if (!isStorableText(text))
    throw new JsonFaultError('holds a character that no text can store (NUL or half of a surrogate pair)');
}

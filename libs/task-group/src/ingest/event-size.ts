/** Bytes of a text in UTF-8, which is how the log counts. */
export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0)!;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/** Whether a value's JSON has more than `limit` bytes. Counted exactly only near the limit: no character needs more than 3 bytes a code unit. */
export function jsonExceeds(value: unknown, limit: number): boolean {
  const text = JSON.stringify(value);
  if (text.length > limit) return true;
  return text.length * 3 > limit && utf8Bytes(text) > limit;
}

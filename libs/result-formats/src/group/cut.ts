const encoder = new TextEncoder();

/**
 * The longest beginning of `text` that takes at most `bytes` in JSON on the wire, without the quotes. Whole characters only: half
 * an emoji would arrive as a replacement mark.
 */
export function cutToJsonBytes(text: string, bytes: number): string {
  let length = 0;
  let left = bytes;
  for (const character of text) {
    left -= encoder.encode(JSON.stringify(character)).length - 2;
    if (left < 0) return text.slice(0, length);
    length += character.length;
  }
  return text;
}

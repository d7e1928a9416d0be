/** A URL that may stand as it is: nothing in it could end a cell or open markup. */
const bareUrl = /^https?:\/\/[^\s<>|\\`*[\]()"]+$/i;

/**
 * Text that Markdown shows as it is, on one line: what could open markup or HTML is escaped, a line break becomes `<br>`.
 * A backslash is doubled first, so that the one before a pipe is always ours. What cannot do anything (an underscore inside
 * a word, an ampersand of no entity) stays, because models read the source.
 */
export function escapeMarkdown(text: string): string {
  if (bareUrl.test(text)) return text;
  return text
    .replace(/&(?=#?\w+;)/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*[\]|~]/g, '\\$&')
    .replace(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\_')
    .replace(/\r\n|[\r\n\v\f\u0085\u2028\u2029]/g, '<br>')
    .replaceAll('\0', '\uFFFD');
}

/**
 * A text that is Markdown itself, made fit to stand inside another document: its headings go below ours, HTML in it stays text, and
 * a code block it left open is closed, so that what follows is not swallowed.
 */
export function embeddedMarkdown(text: string, level: number): string {
  const lines: string[] = [];
  let fence: string | undefined;
  for (const line of text.replaceAll('\0', '\uFFFD').split(/\r\n|[\r\n\u2028\u2029\v\f\u0085]/)) {
    if (fence !== undefined) {
      lines.push(line);
      if (closes(line, fence)) fence = undefined;
      continue;
    }
    fence = fenceOf(line);
    lines.push(fence === undefined ? tamed(line, level) : line);
  }
  if (fence !== undefined) lines.push(fence);
  // The first line keeps its indentation: without it, it may be something else.
  return lines
    .join('\n')
    .replace(/^(?:[ \t]*\n)+/, '')
    .trimEnd();
}

/** Only one at the very beginning of a line surely stands in no list or quote, which would end and take the block with it. */
function fenceOf(line: string): string | undefined {
  const fence = /^(`{3,}(?=[^`]*$)|~{3,})/.exec(line)?.[1];
  return fence;
}

const closes = (line: string, fence: string): boolean => {
  const end = /^ {0,3}(`+|~+)[ \t]*$/.exec(line)?.[1];
  return end !== undefined && end[0] === fence[0] && end.length >= fence.length;
};

function tamed(line: string, level: number): string {
  const heading = /^ {0,3}(#{1,6})(?=[ \t]|$)/.exec(line);
  const lowered = heading
    ? `${'#'.repeat(Math.min(6, heading[1]!.length + level))}${line.slice(heading[0].length)}`
    : line;
  return (
    lowered
      .replace(/<(?=[a-z/!?])/gi, '&lt;')
      // A code block that begins a little to the right may be one of a list or not, and only we would know where it ends.
      .replace(/^( {1,3})(?=`{3}|~{3})/, '$1\\')
      // Under a line of text these would make it a heading of the first or second level.
      .replace(/^( {0,3})(?==+[ \t]*$)/, '$1\\')
  );
}

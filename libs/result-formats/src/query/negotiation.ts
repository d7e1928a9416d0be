/** Media types in the order we prefer them when the client does not care. */
export const mediaTypes = {
  json: 'application/json',
  html: 'text/html',
  md: 'text/markdown',
  sse: 'text/event-stream',
  csv: 'text/csv',
  ndjson: 'application/x-ndjson',
  sqlite: 'application/vnd.sqlite3',
} as const;

export type Format = keyof typeof mediaTypes;
export const formats = Object.keys(mediaTypes) as Format[];

interface Range {
  readonly type: string;
  readonly quality: number;
}

/** More ranges than any client sends; the rest is not looked at. */
const maxRanges = 50;

/**
 * The format an Accept header asks for, as RFC 9110 says: for each format the most specific range that names it decides, the
 * highest quality wins, our order breaks ties. No header means anything goes. Undefined: nothing acceptable is offered.
 */
export function negotiate(accept: string | undefined, offered: readonly Format[] = formats): Format | undefined {
  if (accept === undefined || accept.trim() === '') return offered[0];
  const ranges = accept.split(',', maxRanges).map(parseRange);
  let best: { format: Format; quality: number } | undefined;
  for (const format of offered) {
    const quality = qualityOf(mediaTypes[format], ranges);
    if (quality > (best?.quality ?? 0)) best = { format, quality };
  }
  return best?.format;
}

function parseRange(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  return { type, quality: quality === undefined ? 1 : clamped(Number(quality)) };
}

const clamped = (quality: number): number => (quality >= 0 && quality <= 1 ? quality : 0);

function qualityOf(mediaType: string, ranges: readonly Range[]): number {
  const wanted = [mediaType, `${mediaType.split('/', 1)[0]}/*`, '*/*'];
  for (const type of wanted) {
    const matching = ranges.filter((range) => range.type === type);
    if (matching.length > 0) return Math.max(...matching.map((range) => range.quality));
  }
  return 0;
}

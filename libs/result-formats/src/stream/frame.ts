/** One server-sent event before it has an id. `row` says which row it is about, where it is about one. */
export interface Frame {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
  readonly row?: number;
}

/**
 * The frame on the wire; `event_id` in the payload repeats the id, as the upstream's clients expect it there.
 * JSON has no raw line breaks, and the line separators that some parsers honour beyond the standard's CR and LF are escaped,
 * so no value can end a line, start a second frame or forge an id.
 */
export function encodeFrame({ event, data }: Frame, id: string | null = null): string {
  const json = JSON.stringify({ type: event, event_id: id, ...data }).replace(lineSeparators, escaped);
  return `${id === null ? '' : `id: ${id}\n`}event: ${event}\ndata: ${json}\n\n`;
}

/** NEL, LS and PS: Python's splitlines and others break there. The rest of their list JSON itself escapes. */
const lineSeparators = /[\u0085\u2028\u2029]/g;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

export type InputsFormat = 'json' | 'ndjson' | 'csv' | 'tsv';

const byMediaType: Readonly<Record<string, InputsFormat>> = {
  'application/json': 'json',
  'text/json': 'json',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
  'application/x-jsonlines': 'ndjson',
  'application/json-lines': 'ndjson',
  'text/csv': 'csv',
  'application/csv': 'csv',
  'text/tab-separated-values': 'tsv',
};

const byExtension: Readonly<Record<string, InputsFormat>> = {
  json: 'json',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  csv: 'csv',
  tsv: 'tsv',
};

/** Media types that name the format of inputs, for those who accept them as a whole body. */
export const inputsMediaTypes: readonly string[] = Object.keys(byMediaType);

/** What a media type says by itself; undefined for one that says nothing, such as `text/plain`. */
export const formatOfMediaType = (contentType: string | undefined): InputsFormat | undefined => {
  const mediaType = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return Object.hasOwn(byMediaType, mediaType) ? byMediaType[mediaType] : undefined;
};

/**
 * The format of a file: by its media type, else by the ending of its name, else by how it begins. A file called JSON that
 * begins like a line of NDJSON is read as NDJSON, since both are sent under either name. `html` is nothing we read, but the
 * likeliest mistake behind a URL.
 */
export function detectFormat(hints: {
  contentType?: string;
  fileName?: string;
  /** The first characters, without a byte order mark. */
  start: string;
}): InputsFormat | 'html' | 'empty' {
  const start = hints.start.trimStart();
  if (start === '') return 'empty';
  if (/^<(!doctype|html|\?xml|head|body)/i.test(start)) return 'html';
  const extension = /\.([a-z0-9]+)$/i.exec(hints.fileName ?? '')?.[1]?.toLowerCase() ?? '';
  const named =
    formatOfMediaType(hints.contentType) ??
    (Object.hasOwn(byExtension, extension) ? byExtension[extension] : undefined);
  if (named === 'json' || named === 'ndjson' || named === undefined) {
    if (start.startsWith('[')) return 'json';
    if (start.startsWith('{')) return 'ndjson';
  }
  return named ?? 'csv';
}

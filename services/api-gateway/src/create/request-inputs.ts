import { setImmediate } from 'node:timers/promises';
import { MultitaskError, type JsonValue } from '@multitask/contracts';
import { OutboundError, type OutboundClient } from '@multitask/outbound-http';
import { acceptRows, type AcceptedRows } from '../inputs/accepted-rows';
import { limited } from '../inputs/byte.budget';
import { readRows, type InputsSource } from '../inputs/rows.reader';

export interface ReadLimits {
  readonly bodyBytes: number;
  readonly inputsBytes: number;
  readonly rows: number;
}

/** Where a request's rows are: checked and counted, or still to be fetched. */
export type RequestInputs =
  { readonly kind: 'rows'; readonly rows: AcceptedRows } | { readonly kind: 'url'; readonly url: string };

const pieceBytes = 64 * 1024;

const isUrl = (text: string): boolean => /^https?:\/\//i.test(text);

/** `inputs` as JSON has it: an array of rows, or a URL. */
export async function inlineInputs(value: JsonValue | undefined, limits: ReadLimits): Promise<RequestInputs> {
  if (Array.isArray(value)) return { kind: 'rows', rows: await acceptRows([value], limits.rows) };
  if (typeof value === 'string' && isUrl(value)) return { kind: 'url', url: value };
  throw new MultitaskError(
    'invalid_inputs',
    `inputs ${value === undefined ? 'is missing:' : 'must be'} an array of objects, an array of strings, or an http(s) URL to JSON, NDJSON or CSV.`,
    { field: 'inputs' },
  );
}

/** `inputs` as a form has it: a URL, or pasted JSON, NDJSON or CSV. */
export async function pastedInputs(text: string, limits: ReadLimits): Promise<RequestInputs> {
  const trimmed = text.trim();
  if (isUrl(trimmed) && !/\s/.test(trimmed)) return { kind: 'url', url: trimmed };
  return { kind: 'rows', rows: await fileRows({ body: inPieces(text) }, limits) };
}

/** As if it arrived from a network, with turns for everybody else in between. */
async function* inPieces(text: string): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    yield bytes.subarray(at, at + pieceBytes);
    await setImmediate();
  }
}

/** The rows of an uploaded file, checked one by one while it arrives. */
export const fileRows = (source: InputsSource, limits: ReadLimits): Promise<AcceptedRows> =>
  acceptRows(
    readRows({
      ...source,
      body: limited(source.body, {
        maxBytes: limits.inputsBytes,
        what: 'The inputs file',
        field: 'inputs',
        watchSpeed: true,
      }),
    }),
    limits.rows,
  );

const fetchTimeoutMs = 120_000;

/** The rows behind a URL, checked one by one while they arrive. */
export async function fetchedRows(
  outbound: Pick<OutboundClient, 'get'>,
  url: string,
  limits: ReadLimits,
): Promise<AcceptedRows> {
  try {
    const { headers, body } = await outbound.get(url, {
      maxBytes: limits.inputsBytes,
      timeoutMs: fetchTimeoutMs,
      accept: 'application/json, application/x-ndjson, text/csv, */*;q=0.1',
    });
    return await fileRows({ body, contentType: headers['content-type'], fileName: fileNameOf(url) }, limits);
  } catch (error) {
    throw error instanceof OutboundError ? error.toMultitaskError('inputs') : error;
  }
}

const fileNameOf = (url: string): string | undefined => URL.parse(url)?.pathname.split('/').at(-1) || undefined;

import { MultitaskError, type JsonValue } from '@multitask/contracts';
import { formatOfMediaType, parseJson, specFromFields, validateSpec } from '@multitask/task-group';
import type { FastifyRequest } from 'fastify';
import { bodyOf } from '../edge/unread-body.hook';
import { limited, readAll, refuseAnnounced } from '../inputs/byte.budget';
import type { CreateRequest } from './create.request';
import { assembleForm, readForm } from './form.reader';
import { fileRows, inlineInputs, type ReadLimits } from './request-inputs';

/** Query parameters that are no fields of a task group. */
const ownParameters: ReadonlySet<string> = new Set(['apiKey', 'dry_run']);

/**
 * Reads a create request: a JSON body; a form with `spec` and a file `inputs`; or the inputs as the whole body with the fields
 * in the query. `mayRead` is asked before a large body is read and throws for callers that may not send one.
 */
export async function readCreateRequest(
  request: FastifyRequest,
  limits: ReadLimits,
  mayRead: (formKey?: string) => void,
): Promise<CreateRequest> {
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw unsupported('Send the body without Content-Encoding.', 'Content-Encoding');
  refuseAnnounced(request.headers, limits.bodyBytes + limits.inputsBytes);
  const mediaType = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (mediaType === 'multipart/form-data') return readForm(request, limits, mayRead);
  mayRead();
  const parameters = fieldsInQuery(request);
  const format = formatOfMediaType(mediaType);
  if (format !== undefined && format !== 'json') {
    const spec = validateSpec(specFromFields(parameters));
    return {
      spec,
      inputs: { kind: 'rows', rows: await fileRows({ body: bodyOf(request), contentType: mediaType }, limits) },
    };
  }
  const [stray] = parameters;
  if (stray)
    throw new MultitaskError(
      'unknown_field',
      `${stray[0].slice(0, 100)} in the query is not known; put it into the body.`,
      {
        field: stray[0].slice(0, 100),
      },
    );
  return readDocument(request, mediaType, limits);
}

async function readDocument(request: FastifyRequest, mediaType: string, limits: ReadLimits): Promise<CreateRequest> {
  const isForm = mediaType === 'application/x-www-form-urlencoded';
  if (!isForm && mediaType !== '' && !/^(application|text)\/([a-z.-]+\+)?json$/.test(mediaType))
    throw unsupported('Send application/json, multipart/form-data, text/csv or application/x-ndjson.', 'Content-Type');
  refuseAnnounced(request.headers, limits.bodyBytes);
  const body = limited(bodyOf(request), { maxBytes: limits.bodyBytes, what: 'The body', watchSpeed: true });
  const text = textOf(await readAll(body));
  // curl -d names JSON a form; no real form begins with a brace.
  if (isForm && !text.trimStart().startsWith('{'))
    return assembleForm({ fields: [...new URLSearchParams(text)] }, limits);
  const value = parseJson(text, 'The body');
  const spec = validateSpec(value);
  return { spec, inputs: await inlineInputs((value as { inputs?: JsonValue }).inputs, limits) };
}

function fieldsInQuery(request: FastifyRequest): [string, string][] {
  const query = new URLSearchParams(request.raw.url?.split('?', 2)[1] ?? '');
  return [...query].filter(([name]) => !ownParameters.has(name));
}

function textOf(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new MultitaskError('malformed_body', 'The body is not UTF-8 text.');
  }
}

const unsupported = (message: string, field: string): MultitaskError =>
  new MultitaskError('unsupported_media_type', message, { field });

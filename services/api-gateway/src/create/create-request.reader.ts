import { MultitaskError, type JsonValue } from '@multitask/contracts';
import { asksToFollow, formatOfMediaType, shownName, specFromFields, validateSpec } from '@multitask/task-group';
import type { FastifyRequest } from 'fastify';
import { bodyOf } from '../edge/unread-body.hook';
import { acceptRows, type AcceptedRows } from '../inputs/accepted-rows';
import { limited, refuseAnnounced } from '../inputs/byte.budget';
import { JsonBodyReader } from '../inputs/json-body.reader';
import { withStart } from '../inputs/rows.reader';
import { utf8 } from '../inputs/utf8.decoder';
import { followingRequest, type CreateRequest } from './create.request';
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
      `${shownName(stray[0])} in the query is not known; put it into the body.`,
      {
        field: shownName(stray[0]),
      },
    );
  return readDocument(request, mediaType, limits);
}

async function readDocument(request: FastifyRequest, mediaType: string, limits: ReadLimits): Promise<CreateRequest> {
  const isForm = mediaType === 'application/x-www-form-urlencoded';
  if (!isForm && mediaType !== '' && !/^(application|text)\/([a-z.-]{1,100}\+)?json$/.test(mediaType))
    throw unsupported('Send application/json, multipart/form-data, text/csv or application/x-ndjson.', 'Content-Type');
  refuseAnnounced(request.headers, limits.bodyBytes);
  const body = limited(bodyOf(request), { maxBytes: limits.bodyBytes, what: 'The body', watchSpeed: true });
  const { start, text } = await begun(utf8(body, 'The body'));
  // curl -d names JSON a form; no real form begins with a brace.
  if (isForm && !start.trimStart().startsWith('{'))
    return assembleForm({ fields: [...new URLSearchParams(await wholeForm(text))] }, limits);
  return readJson(new JsonBodyReader(text), limits);
}

/** Faults of the fields are told before those of the rows: a misspelt field is the likeliest reason for whatever else is wrong. */
async function readJson(body: JsonBodyReader, limits: ReadLimits): Promise<CreateRequest> {
  if (!(await body.hasRows())) {
    const value = await body.fields();
    if (asksToFollow(value)) return followingRequest(value as object);
    const spec = validateSpec(value);
    return { spec, inputs: await inlineInputs((value as { inputs?: JsonValue }).inputs, limits) };
  }
  let rows: AcceptedRows | undefined;
  let fault: unknown;
  try {
    rows = await acceptRows(body.rows(), limits.rows);
  } catch (error) {
    if (!MultitaskError.is(error) || error.kind.status !== 400) throw error;
    fault = error;
  }
  try {
    const value = await body.fields();
    // Refused, because rows are there: as a field among others that make no sense.
    if (asksToFollow(value)) return followingRequest(value as object);
    const spec = validateSpec(value);
    if (!Array.isArray((value as { inputs?: JsonValue }).inputs))
      throw new MultitaskError('malformed_body', 'inputs is there twice; send it once.', { field: 'inputs' });
    if (!rows) throw fault;
    return { spec, inputs: { kind: 'rows', rows } };
  } catch (error) {
    await rows?.dispose();
    throw error;
  }
}

/** The text up to its first character that is no blank, and the whole of it once more. */
async function begun(text: AsyncGenerator<string>): Promise<{ start: string; text: AsyncGenerator<string> }> {
  let start = '';
  while (start.trim() === '' && start.length < 65_536) {
    const next = await text.next();
    if (next.done) break;
    start += next.value;
  }
  return { start, text: withStart(start, text) };
}

/** A form of this kind is decoded in one go. */
const formCharacters = 1024 * 1024;

async function wholeForm(text: AsyncIterable<string>): Promise<string> {
  let whole = '';
  for await (const piece of text) {
    whole += piece;
    if (whole.length > formCharacters)
      throw new MultitaskError(
        'too_large',
        `A form of this kind may have ${formCharacters} characters; send multipart/form-data with the inputs as a file.`,
      );
  }
  return whole;
}

function fieldsInQuery(request: FastifyRequest): [string, string][] {
  const query = new URLSearchParams(request.raw.url?.split('?', 2)[1] ?? '');
  return [...query].filter(([name]) => !ownParameters.has(name));
}

const unsupported = (message: string, field: string): MultitaskError =>
  new MultitaskError('unsupported_media_type', message, { field });

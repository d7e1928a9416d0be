import type { Multipart, MultipartFile } from '@fastify/multipart';
import { MultitaskError, type JsonObject, type JsonValue } from '@multitask/contracts';
import {
  asksToFollow,
  checkJson,
  JsonFaultError,
  parseJson,
  shownName,
  specFromFields,
  validateSpec,
} from '@multitask/task-group';
import type { FastifyRequest } from 'fastify';
import type { AcceptedRows } from '../inputs/accepted-rows';
import { limited, readAll } from '../inputs/byte.budget';
import { inlineInputs, pastedInputs, fileRows, type ReadLimits, type RequestInputs } from './request-inputs';
import { followingRequest, type CreateRequest } from './create.request';

/** What the parts of a form held. */
interface FormParts {
  readonly fields: readonly (readonly [string, string])[];
  readonly spec?: JsonObject;
  readonly rows?: AcceptedRows;
}

/** Bytes of a part that is no file. It is held in memory, and JSON in it is parsed in one go: what is larger comes as a file. */
const fieldBytes = 1024 * 1024;

/** More parts than there are fields are a mistake, or an attempt to keep us busy. */
const maxParts = 60;

/**
 * Reads `multipart/form-data`: a JSON part `spec` and a file `inputs` in any order, or one part per field as a browser's form
 * sends them.
 */
export async function readForm(
  request: FastifyRequest,
  limits: ReadLimits,
  mayRead: (formKey?: string) => void,
): Promise<CreateRequest> {
  const fields: [string, string][] = [];
  let spec: JsonObject | undefined;
  let rows: AcceptedRows | undefined;
  try {
    const parts = request.parts({
      limits: { fieldSize: fieldBytes, fileSize: Infinity, files: 2, parts: maxParts, fieldNameSize: 100 },
    });
    for await (const part of parts) {
      if (part.fieldname === 'inputs' && part.type === 'file') {
        mayRead(keyIn(fields));
        if (rows) throw twice('inputs');
        rows = await rowsOf(part, limits);
      } else if (part.fieldname === 'spec') {
        if (spec) throw twice('spec');
        spec = await specOf(part);
        // Before the file is read, if it comes after: nobody should upload 200 MiB to learn of a misspelt field.
        if (!asksToFollow(spec)) validateSpec(spec);
      } else if (part.type === 'file') throw misplaced(part.fieldname);
      else {
        fields.push([part.fieldname, String(part.value)]);
        refuseLongFields(fields, part.valueTruncated, limits);
      }
    }
    mayRead(keyIn(fields));
    return await assembleForm({ fields, spec, rows }, limits);
  } catch (error) {
    await rows?.dispose();
    throw formFault(error);
  }
}

/** Puts a form's parts together; a field may stand beside `spec`, but not in both. */
export async function assembleForm({ fields, spec, rows }: FormParts, limits: ReadLimits): Promise<CreateRequest> {
  const formKey = keyIn(fields);
  const pasted = fields.find(([name, text]) => name === 'inputs' && text.trim() !== '')?.[1];
  const beside = specFromFields(fields.filter(([name]) => name !== 'inputs' && name !== 'api_key'));
  const both = Object.keys(beside).find((name) => spec && Object.hasOwn(spec, name));
  if (both !== undefined) throw twice(both);
  const { inputs: inline, ...own } = spec ?? {};
  if (asksToFollow({ ...beside, ...own })) {
    const sent = rows !== undefined || pasted !== undefined || inline !== undefined;
    return { ...followingRequest({ ...beside, ...own, ...(sent && { inputs: null }) }), ...(formKey && { formKey }) };
  }
  const checked = validateSpec({ ...beside, ...own });
  if ([rows, pasted, inline].filter((source) => source !== undefined).length > 1) throw twice('inputs');
  const inputs: RequestInputs = rows
    ? { kind: 'rows', rows }
    : pasted !== undefined
      ? await pastedInputs(pasted, limits)
      : await inlineInputs(inline, limits);
  return { spec: checked, inputs, ...(formKey && { formKey }) };
}

/** A browser sends a file field that was left empty as a file without name and content. */
async function rowsOf(part: MultipartFile, limits: ReadLimits): Promise<AcceptedRows | undefined> {
  if (part.filename) return fileRows({ body: part.file, contentType: part.mimetype, fileName: part.filename }, limits);
  part.file.resume();
  return undefined;
}

async function specOf(part: Multipart): Promise<JsonObject> {
  const value = part.type === 'file' ? await textOf(part) : part.value;
  const spec = typeof value === 'string' ? parseJson(value, 'spec', 'spec') : (value as JsonValue);
  try {
    checkJson(spec, 64);
  } catch (error) {
    if (error instanceof JsonFaultError)
      throw new MultitaskError('malformed_body', `spec ${error.message}.`, { field: 'spec' });
    throw error;
  }
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec))
    throw new MultitaskError('malformed_body', 'spec must be a JSON object.', { field: 'spec' });
  return spec;
}

async function textOf(part: MultipartFile): Promise<string> {
  const bytes = await readAll(limited(part.file, { maxBytes: fieldBytes, what: 'spec', field: 'spec' }));
  return bytes.toString('utf8');
}

function refuseLongFields(fields: FormParts['fields'], truncated: boolean, limits: ReadLimits): void {
  const characters = fields.reduce((sum, [, text]) => sum + text.length, 0);
  if (truncated)
    throw new MultitaskError(
      'too_large',
      `A field of a form may have ${fieldBytes} bytes; send larger inputs as a file.`,
      {
        field: shownName(fields.at(-1)![0]),
      },
    );
  if (characters > limits.bodyBytes)
    throw new MultitaskError('too_large', `The fields of the form are larger than ${limits.bodyBytes} bytes.`);
}

const keyIn = (fields: FormParts['fields']): string | undefined =>
  fields.find(([name]) => name === 'api_key')?.[1].trim() || undefined;

const twice = (field: string): MultitaskError =>
  new MultitaskError('invalid_field', `${field} is there twice; send it once.`, { field });

const misplaced = (name: string): MultitaskError =>
  new MultitaskError('unknown_field', 'A file is taken in the part "inputs" alone.', { field: shownName(name) });

/** The multipart reader's own refusals that say too little. */
function formFault(error: unknown): unknown {
  const code = (error as { code?: string }).code;
  if (code === 'FST_INVALID_JSON_FIELD_ERROR')
    return new MultitaskError('malformed_body', 'spec is not valid JSON.', { field: 'spec' });
  if (error instanceof Error && /Unexpected end of (form|multipart data)|malformed part header/i.test(error.message))
    return new MultitaskError('malformed_body', 'The form ends in the middle of a part.');
  return error;
}

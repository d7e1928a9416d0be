import type { Inputs, InputsFile } from '../group/create-request';

/** What a request with inputs is sent as. It can be sent again and again: a repeat has to say the very same. */
export interface RequestBody {
  readonly body: string | FormData;
  readonly headers: Readonly<Record<string, string>>;
}

/** Characters of JSON above which rows go as a file: a JSON body may have 32 MiB, a file 256 MiB. */
const longestJson = 8 * 1024 * 1024;

const json = { 'content-type': 'application/json' };

export const jsonBody = (request: object): RequestBody => ({ body: JSON.stringify(request), headers: json });

/** JSON for rows and URLs, a form for a file and for more rows than a JSON body may have. */
export function bodyOf({ inputs, ...spec }: { inputs: Inputs; [field: string]: unknown }): RequestBody {
  if (isFile(inputs)) return { body: formOf(spec, inputs), headers: {} };
  const text = JSON.stringify({ ...spec, inputs: inputs instanceof URL ? inputs.href : inputs });
  if (text.length <= longestJson || !Array.isArray(inputs)) return { body: text, headers: json };
  return { body: formOf(spec, { data: JSON.stringify(inputs), name: 'inputs.json' }), headers: {} };
}

/** The spec comes first: a misspelt field is then told before the file is read. */
function formOf(spec: object, { data, name = '', type }: InputsFile): FormData {
  const form = new FormData();
  form.append('spec', new Blob([JSON.stringify(spec)], { type: 'application/json' }));
  form.append('inputs', typeof data === 'string' || type ? new Blob([data], { type }) : data, name || 'inputs');
  return form;
}

const isFile = (inputs: Inputs): inputs is InputsFile =>
  typeof inputs === 'object' && !Array.isArray(inputs) && !(inputs instanceof URL);

/** Rows as the text of a CSV file; the first line names the columns. */
export const csv = (data: Blob | string, name = 'inputs.csv'): InputsFile => ({ data, name, type: 'text/csv' });

/** 128 random bits, so that a repeated request is known as one and buys nothing twice. */
export function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `client-${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

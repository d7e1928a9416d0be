/** One complaint about a request, in the shape of FastAPI's validation errors. */
export interface Issue {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

export interface ErrorObject {
  readonly ref_id: string;
  readonly message: string;
  readonly detail?: unknown;
}

/** A refusal with the status and message of the real API. `issues` are present for 422. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly issues?: readonly Issue[],
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

export const unauthorized = () => new ApiError(401, 'Unauthorized: invalid or missing credentials');
export const insufficientCredit = () => new ApiError(402, 'Payment required: insufficient credit in account');
export const unknownProcessor = () => new ApiError(403, 'Forbidden: invalid processor in request');
export const unknownGroup = () => new ApiError(404, 'TaskGroup not found');
export const unknownRun = () => new ApiError(404, 'Run id not found');
export const noResult = () => new ApiError(404, 'Run failed or run id not found');
export const stillActive = () => new ApiError(408, 'Request timed out; run still active');
export const tooManyRequests = (headers: Record<string, string> = {}) =>
  new ApiError(429, 'Too many requests: quota temporarily exceeded', undefined, headers);
export const invalid = (issues: readonly Issue[], message = 'Unprocessable content: request validation error') =>
  new ApiError(422, message, issues);

export type ErrorForm = 'envelope' | 'fastapi';

/** The body of an error: the envelope of most endpoints, or FastAPI's list that group endpoints use for 422. */
export function errorBody(error: ApiError, form: ErrorForm, refId: string): object {
  if (form === 'fastapi' && error.issues) return { detail: error.issues };
  const detail = error.issues ? { errors: error.issues } : null;
  return { type: 'error', error: { ref_id: refId, message: error.message, detail } satisfies ErrorObject };
}

import { HttpException } from '@nestjs/common';
import { MultitaskError, type ErrorCode } from '@multitask/contracts';

interface Fault {
  readonly code: ErrorCode;
  readonly message: string;
}

/** What Fastify and its multipart plugin refuse on their own, by their error codes. */
const frameworkFaults: Readonly<Record<string, Fault>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'too_large', message: 'The body is larger than this path takes.' },
  FST_REQ_FILE_TOO_LARGE: { code: 'too_large', message: 'The uploaded file is larger than this path takes.' },
  FST_FILES_LIMIT: { code: 'too_large', message: 'The form has more files than this path takes.' },
  FST_PARTS_LIMIT: { code: 'too_large', message: 'The form has more parts than this path takes.' },
  FST_FIELDS_LIMIT: { code: 'too_large', message: 'The form has more fields than this path takes.' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'unsupported_media_type',
    message: 'Set the header Content-Type to one this path takes, such as application/json.',
  },
  FST_INVALID_MULTIPART_CONTENT_TYPE: {
    code: 'unsupported_media_type',
    message: 'Send a form as multipart/form-data with a boundary.',
  },
  FST_PROTO_VIOLATION: { code: 'malformed_body', message: 'A form field has a name that may not be used.' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'malformed_body', message: 'The body is empty; send a JSON document.' },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'malformed_body', message: 'The body is not valid JSON.' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'malformed_body',
    message: 'The body ended before the length that Content-Length announced.',
  },
  FST_ERR_BAD_URL: { code: 'path_not_found', message: 'The path is not validly percent-encoded.' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'path_not_found', message: 'The path is longer than any we serve.' },
  FST_ERR_HANDLER_TIMEOUT: { code: 'not_ready', message: 'The answer took too long. Please try again.' },
};

const faultsByStatus: Readonly<Record<number, Fault>> = {
  400: { code: 'malformed_body', message: 'The request cannot be read.' },
  401: { code: 'key_missing', message: 'Send your Parallel API key in the header x-api-key.' },
  403: { code: 'not_owner', message: 'This is not allowed with the credentials sent.' },
  404: { code: 'path_not_found', message: 'There is nothing at this path.' },
  405: { code: 'method_not_allowed', message: 'This path does not take this method.' },
  406: { code: 'not_acceptable', message: 'None of the formats in the Accept header is offered here.' },
  408: { code: 'request_timeout', message: 'The request did not arrive in time.' },
  413: { code: 'too_large', message: 'The request is larger than this path takes.' },
  414: { code: 'path_not_found', message: 'The path is longer than any we serve.' },
  415: {
    code: 'unsupported_media_type',
    message: 'Set the header Content-Type to one this path takes, such as application/json.',
  },
  429: { code: 'rate_limited', message: 'Too many requests. Please wait before the next one.' },
  431: { code: 'too_large', message: 'The request headers are larger than we take.' },
  503: { code: 'not_ready', message: 'The service cannot answer right now. Please try again.' },
};

/**
 * The registry's word for what a framework refused; a {@link MultitaskError} is given back as it is.
 * Undefined for everything nobody foresaw: that is logged and answered `internal`. Messages of libraries are never passed on.
 */
export function foreseen(error: unknown): MultitaskError | undefined {
  if (MultitaskError.is(error)) return error;
  const cause = error instanceof HttpException && error.cause instanceof Error ? error.cause : error;
  if (MultitaskError.is(cause)) return cause;
  const fault = frameworkFaults[textOf(cause, 'code')] ?? faultsByStatus[statusOf(error)];
  return fault && new MultitaskError(fault.code, fault.message, { cause: error });
}

function statusOf(error: unknown): number {
  if (error instanceof HttpException) return error.getStatus();
  const status = typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? status : 0;
}

const textOf = (error: unknown, key: 'code'): string =>
  typeof error === 'object' && error !== null && key in error && typeof error[key] === 'string' ? error[key] : '';

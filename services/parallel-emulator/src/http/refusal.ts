import type { FaultOf } from '../faults/fault';
import { ApiError, errorBody } from '../wire/api-error';

const messages: Record<number, string> = {
  401: 'Unauthorized: invalid or missing credentials',
  402: 'Payment required: insufficient credit in account',
  403: 'Forbidden: invalid processor in request',
  404: 'TaskGroup not found',
  408: 'Request timed out; run still active',
  422: 'Unprocessable content: request validation error',
  429: 'Too many requests: quota temporarily exceeded',
};

/** The answer of a `respond` fault; the body is text already. */
export function refusal(fault: FaultOf<'respond'>, refId: string) {
  const message = fault.message ?? messages[fault.status] ?? 'Server error (fault)';
  const headers: Record<string, string> = { 'content-type': 'application/json', ...fault.headers };
  if (fault.retry_after !== undefined) headers['retry-after'] = String(fault.retry_after);
  return { status: fault.status, headers, body: bodyOf(fault, message, headers, refId) };
}

function bodyOf(fault: FaultOf<'respond'>, message: string, headers: Record<string, string>, refId: string): string {
  switch (fault.body) {
    case 'empty':
      return '';
    case 'html':
      // What a proxy in front of the API would say.
      headers['content-type'] = 'text/html';
      return `<html><body><h1>${fault.status}</h1><p>${message.replaceAll('<', '&lt;')}</p></body></html>`;
    case 'garbage':
      // An answer that was cut on its way, with bytes that are no text in it.
      return '{"run_ids":["trun_\u0000\ufffd';
    case 'fastapi':
      return JSON.stringify({ detail: [{ loc: ['body'], msg: message, type: 'value_error' }] });
    case 'envelope':
      return JSON.stringify(errorBody(new ApiError(fault.status, message), 'envelope', refId));
  }
}

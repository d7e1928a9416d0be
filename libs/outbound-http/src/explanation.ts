import { shownUrl } from './call.policy';
import { OutboundError } from './outbound.errors';

const timeoutCodes: ReadonlySet<string> = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

/** Any failure of a call in our own words. */
export function explained(error: unknown, text: string): OutboundError {
  if (error instanceof OutboundError) return error;
  const { name, code } = error as { name?: string; code?: string };
  const shown = shownUrl(text);
  if (name === 'TimeoutError' || timeoutCodes.has(code ?? ''))
    return new OutboundError('timeout', `${shown} did not answer in time.`, { cause: error });
  if (name === 'AbortError')
    return new OutboundError('aborted', `The call to ${shown} was given up.`, { cause: error });
  if (code?.startsWith('Z_') || code?.startsWith('ERR__ERROR_FORMAT') || code?.startsWith('ERR_BROTLI'))
    return new OutboundError('bad_encoding', `The answer of ${shown} is not encoded as it says.`, { cause: error });
  const reason = reasons[code ?? ''];
  const message = `${shown} cannot be reached${reason ? `: ${reason}` : ''}.`;
  return new OutboundError('unreachable', message, { cause: error, ...(reason && { reason }) });
}

const reasons: Readonly<Record<string, string>> = {
  ENOTFOUND: 'no such name',
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'no route to it',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is self-signed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate cannot be verified',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

import { MultitaskError, problemOf, type ErrorCode } from '@multitask/contracts';
import type { Socket } from 'node:net';

interface SocketFault extends Error {
  readonly code?: string;
}

const faults: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: ['request_timeout', 'The request did not arrive in time.'],
  HPE_HEADER_OVERFLOW: ['too_large', 'The request headers are larger than we take.'],
};

/** Answers what is not HTTP at all, or came too slowly to become a request; there is no route and no filter yet. */
export function answerClientFault(error: SocketFault, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [code, message] = faults[error.code ?? ''] ?? ['malformed_body', 'This is not a valid HTTP request.'];
  const problem = problemOf(new MultitaskError(code, message));
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\ncontent-type: application/problem+json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

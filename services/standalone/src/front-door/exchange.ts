import { request as httpRequest, type Agent, type IncomingMessage, type ServerResponse } from 'node:http';
import { endToEnd, withForwarding } from './headers';
import type { Target } from './targets';

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly agent: Agent;
}

/** Nobody there answers, and the request was not sent or may be sent twice: another replica may take it. */
export class NobodyThere extends Error {
  override readonly name = 'NobodyThere';
}

/**
 * Passes one request on and its answer back as the bytes come, in both directions. An end that goes away takes the
 * other with it. Rejects only while the client has seen nothing.
 */
export function forward({ request, response, agent }: Exchange, target: Target): Promise<void> {
  const headers = withForwarding(endToEnd(request.rawHeaders), {
    address: request.socket.remoteAddress ?? '',
    host: request.headers.host,
  });
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({
      host: target.host,
      port: target.port,
      // A kept connection may be closed by the other side just when it is used. A read is then asked again; what changes
      // something must not be, so it gets a connection of its own.
      agent: mayBeRepeated(request) ? agent : false,
      method: request.method,
      path: request.url,
      headers,
      setHost: false,
    });
    let sent = false;
    const send = () => {
      sent = true;
      if (hasBody(request)) request.pipe(outgoing);
      else outgoing.end();
    };
    outgoing.on('socket', (socket) => (socket.connecting ? socket.once('connect', send) : send()));
    outgoing.on('response', (incoming) => passBack(incoming, response).then(resolve, reject));
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      request.unpipe(outgoing);
      // The answer is on its way to the client, or the client is gone: nothing is left to say.
      if (response.headersSent) return resolve();
      reject(!sent || mayBeRepeated(request) ? new NobodyThere(error.message) : error);
    });
    response.on('close', () => {
      if (!response.writableFinished) outgoing.destroy();
      resolve();
    });
  });
}

function hasBody(request: IncomingMessage): boolean {
  const length = request.headers['content-length'];
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

/** Reading changes nothing, however often it is done. */
const mayBeRepeated = (request: IncomingMessage): boolean =>
  ['GET', 'HEAD'].includes(request.method ?? '') && !hasBody(request);

async function passBack(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  response.writeHead(incoming.statusCode ?? 502, incoming.statusMessage, endToEnd(incoming.rawHeaders));
  // An event stream may be silent for a while after its head; the client should know at once that it is open.
  response.flushHeaders();
  incoming.pipe(response);
  await new Promise<void>((resolve) => {
    incoming.on('end', resolve);
    incoming.on('close', () => {
      // A cut answer must look cut: ending it normally would make half a file look whole.
      if (!incoming.complete) response.destroy();
      resolve();
    });
  });
}

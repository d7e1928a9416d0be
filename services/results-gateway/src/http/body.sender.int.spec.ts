import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually } from '@multitask/testing';
import fastify, { type FastifyInstance } from 'fastify';
import { RowSpool } from '../export/row.spool';
import { SpoolSpace } from '../export/spool.space';
import { sendBody } from './body.sender';

const stalledMs = 300;
/** For readers that must not be let go of, however slow the machine is. */
const patientMs = 20_000;
const reports = 24;
/** More than the sockets of both ends take between them. */
const report = 'x'.repeat(1024 * 1024);

let server: FastifyInstance;
let port: number;
let space: SpoolSpace;

beforeEach(async () => {
  space = new SpoolSpace();
  server = fastify();
  server.get<{ Querystring: { patient?: string } }>('/long', async (request, reply) => {
    const spool = new RowSpool(space);
    for (let row = 0; row < reports; row++) await spool.append([{ row, input: report } as never]);
    spool.end();
    const pieces = (async function* () {
      for await (const rows of spool.rows()) yield JSON.stringify(rows);
    })();
    await sendBody(
      { format: 'ndjson', etag: undefined, open: () => ({ pieces, close: () => spool.close() }) },
      request,
      reply,
      request.query.patient ? patientMs : stalledMs,
    );
    return reply;
  });
  server.get('/late', async (request, reply) => {
    const pieces = (async function* () {
      yield 'begun';
      await pause(4 * stalledMs);
      yield ' and done';
    })();
    await sendBody({ format: 'ndjson', etag: undefined, open: () => ({ pieces }) }, request, reply, stalledMs);
    return reply;
  });
  await server.listen({ host: '127.0.0.1', port: 0 });
  ({ port } = server.server.address() as AddressInfo);
});
afterEach(() => server.close());

const ask = async (path: string) => {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
  return socket;
};

describe('a long result', () => {
  it('is let go of when its reader takes nothing: the room it took is free again', async () => {
    const socket = await ask('/long');
    socket.pause();
    const ended = once(socket, 'close');
    socket.on('error', () => undefined);
    await eventually(() => Promise.resolve(space.inUse > 0));
    await eventually(() => Promise.resolve(space.inUse === 0));
    // What was on its way is still there for the reader, and then the end.
    socket.resume();
    await ended;
    expect(socket.bytesRead).toBeLessThan(reports * report.length);
  });

  it('is sent whole to a reader that rests now and then', async () => {
    const socket = await ask('/long?patient=1');
    let rests = 0;
    socket.on('data', () => {
      if (socket.bytesRead < (rests + 1) * 4 * report.length) return;
      rests++;
      socket.pause();
      setTimeout(() => socket.resume(), 20);
    });
    await once(socket, 'end');
    expect(rests).toBeGreaterThan(3);
    expect(socket.bytesRead).toBeGreaterThan(reports * report.length);
    await eventually(() => Promise.resolve(space.inUse === 0));
  });

  it('is not let go of because it takes long to come together', async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/late`);
    expect(await answer.text()).toBe('begun and done');
  });
});

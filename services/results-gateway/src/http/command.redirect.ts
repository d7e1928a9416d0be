import { isTaskGroupId } from '@multitask/contracts';
import type { FastifyInstance } from 'fastify';

/** What an owner may ask of a group; the paths under `/v1beta` serve them. */
const commandPaths: ReadonlySet<string> = new Set([
  'POST runs',
  'POST retry',
  'POST cancel',
  'POST webhook/redeliver',
  'GET webhook',
  'GET events',
  'DELETE ',
]);

/**
 * Short forms under `/<id>` lead to where the command really is. Asked before any body is read: a large upload is refused its
 * place here without being sent here.
 */
export function redirectCommands(instance: FastifyInstance): void {
  instance.addHook('onRequest', (request, reply, done) => {
    const location = commandLocation(request.method, request.url);
    if (location === undefined) return done();
    void reply.status(308).header('location', location).send();
  });
}

export function commandLocation(method: string, url: string): string | undefined {
  const queryAt = url.indexOf('?');
  const path = queryAt < 0 ? url : url.slice(0, queryAt);
  const [, groupId = '', ...rest] = path.split('/');
  if (!isTaskGroupId(groupId) || !commandPaths.has(`${method} ${rest.join('/')}`)) return undefined;
  const tail = rest.length > 0 ? `/${rest.join('/')}` : '';
  return `/v1beta/tasks/multitask/${groupId}${tail}${url.slice(path.length)}`;
}

import findMyWay from 'find-my-way';
import type { FastifyInstance, HTTPMethods } from 'fastify';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/**
 * Tells which methods a path takes. Fastify answers 404 for a known path with another method, and its router cannot be asked
 * about a path, only about a pattern; so the same patterns are kept in a second router of the same make.
 */
export class AllowedMethods {
  private readonly router = findMyWay({ maxParamLength: 300 });

  /** Must be called before the first route is declared. */
  watch(instance: FastifyInstance): void {
    instance.addHook('onRoute', (route) => {
      for (const method of [route.method].flat() as HTTPMethods[])
        if (isListed(method) && !this.router.hasRoute(method, route.url)) this.router.on(method, route.url, () => {});
    });
  }

  /** Empty when the path is served with no method at all. */
  of(url: string): string[] {
    const path = url.split('?', 1)[0]!;
    try {
      return methods.filter((method) => this.router.find(method, path));
    } catch {
      return [];
    }
  }
}

const isListed = (method: string): method is (typeof methods)[number] =>
  (methods as readonly string[]).includes(method);

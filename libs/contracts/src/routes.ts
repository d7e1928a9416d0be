export type PublicService = 'api-gateway' | 'mcp-gateway' | 'orchestrator' | 'results-gateway';

export interface Route {
  readonly match: 'exact' | 'prefix';
  readonly path: string;
  readonly service: PublicService;
}

/**
 * Which service answers which path. The local front door, nginx, Ingress and HTTPRoute are all made from this table.
 * By path alone, because an Ingress cannot route by method; a prefix matches whole segments.
 */
export const routes: readonly Route[] = [
  { match: 'exact', path: '/', service: 'api-gateway' },
  { match: 'prefix', path: '/openapi', service: 'api-gateway' },
  { match: 'exact', path: '/openapi.json', service: 'api-gateway' },
  { match: 'exact', path: '/llms.txt', service: 'api-gateway' },
  { match: 'exact', path: '/SPEC.md', service: 'api-gateway' },
  { match: 'prefix', path: '/v1beta', service: 'api-gateway' },
  { match: 'prefix', path: '/v1/tasks', service: 'api-gateway' },
  { match: 'prefix', path: '/webhook', service: 'api-gateway' },
  { match: 'prefix', path: '/mcp', service: 'mcp-gateway' },
  { match: 'prefix', path: '/oauth', service: 'mcp-gateway' },
  { match: 'prefix', path: '/.well-known', service: 'mcp-gateway' },
  { match: 'prefix', path: '/v1/orchestration', service: 'orchestrator' },
  { match: 'prefix', path: '/orchestration', service: 'orchestrator' },
  { match: 'prefix', path: '/', service: 'results-gateway' },
];

/** The first route that matches; the last one matches everything. `pathname` has no query. */
export function serviceForPath(pathname: string): PublicService {
  return routes.find((route) => matches(route, pathname))!.service;
}

function matches(route: Route, pathname: string): boolean {
  if (route.match === 'exact') return pathname === route.path;
  return route.path === '/' || pathname === route.path || pathname.startsWith(`${route.path}/`);
}

import { serviceForPath } from './routes';

const group = `tgrp_${'0'.repeat(32)}`;

describe('the service for a path', () => {
  it.each([
    ['/', 'api-gateway'],
    ['/v1beta/tasks/multitask', 'api-gateway'],
    [`/v1beta/tasks/multitask/${group}/runs`, 'api-gateway'],
    ['/v1/tasks/multitask', 'api-gateway'],
    ['/v1/tasksx', 'results-gateway'],
    ['/openapi', 'api-gateway'],
    ['/openapi/swagger-ui.css', 'api-gateway'],
    ['/openapi.json', 'api-gateway'],
    ['/openapi.jsonx', 'results-gateway'],
    ['/llms.txt', 'api-gateway'],
    ['/SPEC.md', 'api-gateway'],
    ['/webhook', 'api-gateway'],
    ['/mcp', 'mcp-gateway'],
    ['/.well-known/oauth-authorization-server', 'mcp-gateway'],
    ['/v1/orchestration/runs', 'orchestrator'],
    ['/orchestration', 'orchestrator'],
    ['/assets/table.js', 'results-gateway'],
    [`/${group}`, 'results-gateway'],
    [`/${group}.json`, 'results-gateway'],
    [`/trun_${'0'.repeat(32)}.md`, 'results-gateway'],
    ['/mcpx', 'results-gateway'],
    ['//v1beta', 'results-gateway'],
    ['', 'results-gateway'],
  ])('%s is %s', (path, service) => {
    expect(serviceForPath(path)).toBe(service);
  });
});

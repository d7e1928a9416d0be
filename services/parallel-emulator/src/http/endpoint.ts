export const endpointNames = [
  'create_group',
  'get_group',
  'add_runs',
  'list_runs',
  'group_events',
  'group_run',
  'create_run',
  'get_run',
  'run_input',
  'run_result',
  'run_events',
  'suggest',
  'suggest_processor',
] as const;
export type EndpointName = (typeof endpointNames)[number];

/** Which endpoint a request is for, and the ids its path names. */
export interface Endpoint {
  readonly name: EndpointName;
  readonly group?: string;
  readonly run?: string;
}

const id = '(?<ID>[^/]+)';
const group = id.replace('ID', 'group');
const run = id.replace('ID', 'run');

/** Groups, run events and suggestions exist under `/v1beta` too; suggestions only there. */
const table: readonly [EndpointName, method: string, path: RegExp][] = [
  ['create_group', 'POST', /^\/v1(?:beta)?\/tasks\/groups$/],
  ['get_group', 'GET', new RegExp(`^/v1(?:beta)?/tasks/groups/${group}$`)],
  ['add_runs', 'POST', new RegExp(`^/v1(?:beta)?/tasks/groups/${group}/runs$`)],
  ['list_runs', 'GET', new RegExp(`^/v1(?:beta)?/tasks/groups/${group}/runs$`)],
  ['group_events', 'GET', new RegExp(`^/v1(?:beta)?/tasks/groups/${group}/events$`)],
  ['group_run', 'GET', new RegExp(`^/v1(?:beta)?/tasks/groups/${group}/runs/${run}$`)],
  ['create_run', 'POST', /^\/v1\/tasks\/runs$/],
  ['get_run', 'GET', new RegExp(`^/v1/tasks/runs/${run}$`)],
  ['run_input', 'GET', new RegExp(`^/v1/tasks/runs/${run}/input$`)],
  ['run_result', 'GET', new RegExp(`^/v1/tasks/runs/${run}/result$`)],
  ['run_events', 'GET', new RegExp(`^/v1(?:beta)?/tasks/runs/${run}/events$`)],
  ['suggest', 'POST', /^\/v1beta\/tasks\/suggest$/],
  ['suggest_processor', 'POST', /^\/v1beta\/tasks\/suggest-processor$/],
];

export function endpointOf(method: string, path: string): Endpoint | undefined {
  for (const [name, verb, pattern] of table) {
    const match = verb === method ? pattern.exec(path) : null;
    if (match) return { name, ...match.groups };
  }
  return undefined;
}

/** These answer 422 with FastAPI's list; all others wrap it in the error envelope. */
export const answersWithList = (name: EndpointName | undefined): boolean =>
  name !== undefined && ['create_group', 'get_group', 'add_runs', 'list_runs', 'group_events'].includes(name);

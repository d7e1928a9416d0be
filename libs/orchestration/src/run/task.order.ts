import { OrchestrationError } from '../orchestration.errors';

/** A task of one enqueue, with the names and ids of those it depends on. */
export interface OrderedTask {
  readonly id: string;
  readonly key: string | null;
  readonly dependsOnTaskIds: readonly string[];
  readonly dependsOnKeys: readonly string[];
}

/** What the store knows of the run's earlier tasks, for the names and ids that the new ones mention. */
export interface KnownTasks {
  readonly idByKey: ReadonlyMap<string, string>;
  readonly ids: ReadonlySet<string>;
}

/**
 * The ids each new task depends on, without repetitions. Throws `DuplicateTaskKeyError`, `DependencyCycleError`, and
 * `ValidationError` for a name or id that the run does not have; each names the task at fault.
 */
export function resolveDependencies(tasks: readonly OrderedTask[], known: KnownTasks): string[][] {
  const own = new Map<string, string>();
  const ids = new Set<string>();
  tasks.forEach(({ id, key }, i) => {
    if (ids.has(id) || known.ids.has(id))
      throw new OrchestrationError(
        'ValidationError',
        `A task with the id ${id} exists already.`,
        fieldOf(tasks, i, 'id'),
      );
    ids.add(id);
    if (key === null) return;
    if (own.has(key) || known.idByKey.has(key))
      throw new OrchestrationError(
        'DuplicateTaskKeyError',
        `The run has a task with the key ${key} already.`,
        fieldOf(tasks, i, 'key'),
      );
    own.set(key, id);
  });
  const resolved = tasks.map((task, i) => [
    ...new Set([
      ...task.dependsOnTaskIds.map((id) =>
        known.ids.has(id) || ids.has(id) ? id : unknown(tasks, i, 'dependsOnTaskIds', id),
      ),
      ...task.dependsOnKeys.map(
        (key) => own.get(key) ?? known.idByKey.get(key) ?? unknown(tasks, i, 'dependsOnKeys', key),
      ),
    ]),
  ]);
  checkAcyclic(tasks, resolved);
  return resolved;
}

const fieldOf = (tasks: readonly unknown[], index: number, name: string): string =>
  tasks.length === 1 ? name : `tasks[${index}].${name}`;

function unknown(tasks: readonly OrderedTask[], index: number, name: string, what: string): never {
  throw new OrchestrationError('ValidationError', `The run has no task ${what}.`, fieldOf(tasks, index, name));
}

/** Only tasks of the same enqueue can form a circle: earlier ones cannot depend on later ones. Kahn's way: no recursion, O(edges). */
function checkAcyclic(tasks: readonly OrderedTask[], resolved: readonly (readonly string[])[]): void {
  const place = new Map(tasks.map(({ id }, i) => [id, i]));
  const dependents = tasks.map((): number[] => []);
  const open = resolved.map((ids, i) => {
    const inside = ids.map((id) => place.get(id)).filter((at) => at !== undefined);
    for (const at of inside) dependents[at]!.push(i);
    return inside.length;
  });
  const free = open.flatMap((count, i) => (count === 0 ? [i] : []));
  let placed = 0;
  for (let at = free.pop(); at !== undefined; at = free.pop()) {
    placed++;
    for (const dependent of dependents[at]!) if (--open[dependent]! === 0) free.push(dependent);
  }
  if (placed === tasks.length) return;
  const circle = tasks.filter((_, i) => open[i]! > 0).map(({ id, key }) => key ?? id);
  const first = tasks.findIndex((_, i) => open[i]! > 0);
  throw new OrchestrationError(
    'DependencyCycleError',
    `These tasks wait for one another: ${circle.slice(0, 10).join(', ')}${circle.length > 10 ? ', …' : ''}.`,
    fieldOf(tasks, first, 'dependsOnKeys'),
  );
}

import fc from 'fast-check';
import { resolveDependencies, type KnownTasks, type OrderedTask } from './task.order';

const known: KnownTasks = { idByKey: new Map([['old', 'task_old']]), ids: new Set(['task_old']) };
const task = (id: string, keys: string[] = [], ids: string[] = []): OrderedTask => ({
  id,
  key: `key_${id}`,
  dependsOnTaskIds: ids,
  dependsOnKeys: keys,
});
const fault = (name: string, field: string) => expect.objectContaining({ name, field });

describe('tasks that are enqueued together', () => {
  it('depend on one another by key, whatever their order, and on earlier ones by key or id', () => {
    expect(resolveDependencies([task('a', ['key_b', 'old'], ['task_old']), task('b')], known)).toEqual([
      ['task_old', 'b'],
      [],
    ]);
  });

  it.each([
    ['ValidationError', 'tasks[1].dependsOnKeys', [task('a'), task('b', ['nobody'])]],
    ['ValidationError', 'dependsOnTaskIds', [task('a', [], ['nobody'])]],
    ['ValidationError', 'id', [task('task_old')]],
    ['DuplicateTaskKeyError', 'tasks[1].key', [task('a'), { ...task('b'), key: 'key_a' }]],
    ['DuplicateTaskKeyError', 'key', [{ ...task('a'), key: 'old' }]],
    ['DependencyCycleError', 'dependsOnKeys', [task('a', ['key_a'])]],
    ['DependencyCycleError', 'tasks[1].dependsOnKeys', [task('z'), task('a', ['key_b']), task('b', ['key_a'])]],
  ])('are refused with %s at %s', (name, field, tasks) => {
    expect(() => resolveDependencies(tasks, known)).toThrow(fault(name, field));
  });

  it('in a circle are found however many there are, without recursion', () => {
    const many = Array.from({ length: 50_000 }, (_, i) => task(`t${i}`, [`key_t${(i + 1) % 50_000}`]));
    expect(() => resolveDependencies(many, known)).toThrow(/wait for one another: key_t0, .*…/);
  });

  it('are accepted exactly when some order of them exists', () => {
    const edges = fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 10 });
    fc.assert(
      fc.property(edges, (pairs) => {
        const tasks = Array.from({ length: 6 }, (_, i) =>
          task(
            `t${i}`,
            pairs.flatMap(([from, to]) => (from === i ? [`key_t${to}`] : [])),
          ),
        );
        const reach = (from: number, to: number, seen = new Set<number>()): boolean =>
          pairs.some(([a, b]) => a === from && (b === to || (!seen.has(b) && reach(b, to, seen.add(b)))));
        const circular = tasks.some((_, i) => reach(i, i));
        const attempt = () => resolveDependencies(tasks, known);
        if (circular) expect(attempt).toThrow(fault('DependencyCycleError', expect.any(String) as never));
        else expect(attempt).not.toThrow();
      }),
    );
  });
});

import { createHash } from 'node:crypto';
import { processors } from '../engine/processor';
import { invalid, unknownProcessor, type Issue } from '../wire/api-error';
import type { Warning } from '../wire/task-run';
import type { RunInput, TaskSpec } from './run-input';
import { checkTaskSpec, maxSpecAndInputChars, tooManyFields, type CheckedSpec } from './task-spec.check';

/** An input that passed every check, its task spec apart because many runs share it. */
export interface AcceptedRun {
  readonly input: Omit<RunInput, 'task_spec'>;
  readonly spec: TaskSpec | undefined;
  readonly specId: string | null;
  readonly warnings: readonly Warning[] | null;
}

type Path = readonly (string | number)[];

/** Checks a whole batch; one bad input refuses all of it. */
export function acceptRuns(
  inputs: readonly RunInput[],
  defaultSpec: TaskSpec | null | undefined,
  locOf: (index: number) => Path,
): AcceptedRun[] {
  const issues: Issue[] = [];
  const specs = new SpecDesk();
  const accepted = inputs.map((run, index) => acceptRun(run, defaultSpec, specs, issues, locOf(index)));
  if (issues.length > 0) throw invalid(issues.slice(0, 50));
  if (inputs.some((run) => !processors.has(run.processor))) throw unknownProcessor();
  return accepted;
}

function acceptRun(
  run: RunInput,
  defaultSpec: TaskSpec | null | undefined,
  specs: SpecDesk,
  issues: Issue[],
  at: Path,
): AcceptedRun {
  const { task_spec: own, ...input } = run;
  const spec = own ?? defaultSpec ?? undefined;
  if (!spec) return { input, spec, specId: null, warnings: null };
  const known = specs.seen(spec);
  const checked = specs.check(spec, own ? [...at, 'task_spec'] : ['body', 'default_task_spec']);
  if (!known) issues.push(...checked.errors);
  const chars = checked.chars + JSON.stringify(run.input).length;
  if (chars > maxSpecAndInputChars)
    issues.push({
      loc: [...at, 'input'],
      msg: `Task spec and input exceed ${maxSpecAndInputChars} characters`,
      type: 'value_error',
    });
  return { input, spec, specId: specs.idOf(spec), warnings: warningsOf(run, spec, checked) };
}

function warningsOf(run: RunInput, spec: TaskSpec, checked: CheckedSpec): Warning[] | null {
  const fields = tooManyFields(spec, run.processor);
  const problem = checked.inputProblem(run.input);
  const warnings: Warning[] = [
    ...checked.warnings.map((message) => ({ type: 'spec_validation_warning' as const, message })),
    ...(fields ? [{ type: 'spec_validation_warning' as const, message: fields }] : []),
    ...(problem ? [{ type: 'input_validation_warning' as const, message: problem }] : []),
  ];
  return warnings.length > 0 ? warnings : null;
}

/** Looks at each distinct spec of a batch once: compiling a schema takes a millisecond, a batch has 1,000 rows. */
class SpecDesk {
  private readonly ids = new Map<TaskSpec, string>();
  private readonly checked = new Map<string, CheckedSpec>();

  seen(spec: TaskSpec): boolean {
    return this.checked.has(this.idOf(spec));
  }

  check(spec: TaskSpec, at: Path): CheckedSpec {
    const id = this.idOf(spec);
    let checked = this.checked.get(id);
    if (!checked) this.checked.set(id, (checked = checkTaskSpec(spec, at)));
    return checked;
  }

  idOf(spec: TaskSpec): string {
    let id = this.ids.get(spec);
    if (!id) this.ids.set(spec, (id = createHash('sha256').update(JSON.stringify(spec)).digest('hex').slice(0, 32)));
    return id;
  }
}

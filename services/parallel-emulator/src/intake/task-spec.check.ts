import { processors } from '../engine/processor';
import { research } from '../research/research';
import type { Issue } from '../wire/api-error';
import { propertiesOf } from './json-schema';
import { checkOutputSchema } from './output-schema.rules';
import type { TaskSpec } from './run-input';
import { validatorOf } from './schema.validator';

const maxSpecChars = 15_000;
export const maxSpecAndInputChars = 25_000;

export interface CheckedSpec {
  readonly chars: number;
  readonly errors: readonly Issue[];
  readonly warnings: readonly string[];
  /** What is wrong with an input, as far as the input schema can tell. */
  readonly inputProblem: (input: unknown) => string | undefined;
}

type Path = readonly (string | number)[];

/** Checks a task spec once; `at` is where it stands in the request. */
export function checkTaskSpec(spec: TaskSpec, at: Path): CheckedSpec {
  const chars = JSON.stringify(spec).length;
  const errors: Issue[] = [];
  const warnings: string[] = [];
  if (chars > maxSpecChars)
    errors.push({ loc: at, msg: `The task spec exceeds ${maxSpecChars} characters`, type: 'value_error' });
  const { output_schema: output, input_schema: input } = spec;
  if (output.type === 'json') {
    const where = [...at, 'output_schema', 'json_schema'];
    const findings = checkOutputSchema(output.json_schema, where);
    errors.push(...findings.errors);
    warnings.push(...findings.warnings);
    if (errors.length === 0 && !canBeFollowed(spec)) {
      const msg = 'The schema contradicts itself: no output can follow it';
      errors.push({ loc: where, msg, type: 'value_error' });
    }
  }
  let inputProblem: CheckedSpec['inputProblem'] = () => undefined;
  if (input?.type === 'json') {
    const validate = validatorOf(input.json_schema);
    if (validate) inputProblem = validate;
    else errors.push({ loc: [...at, 'input_schema', 'json_schema'], msg: 'Not a JSON Schema', type: 'value_error' });
  }
  return { chars, errors, warnings, inputProblem };
}

/** A warning when a processor is asked for more fields than it fills well. */
export function tooManyFields(spec: TaskSpec | undefined, processor: string): string | undefined {
  if (spec?.output_schema.type !== 'json') return undefined;
  const fields = Object.keys(propertiesOf(spec.output_schema.json_schema)).length;
  const limit = processors.get(processor)?.maxFields ?? fields;
  return fields > limit
    ? `${fields} output fields are many for ${processor}, which fills about ${limit} well`
    : undefined;
}

/** Tries the schema on an imagined input; contradictions such as an enum of the wrong type show up here. */
function canBeFollowed(spec: TaskSpec): boolean {
  if (spec.output_schema.type !== 'json') return true;
  try {
    const sample = research({ seed: 'trial', processor: 'core', input: 'trial', spec, elementBasis: false });
    const problemOf = validatorOf(spec.output_schema.json_schema);
    return problemOf !== undefined && problemOf(sample.content) === undefined;
  } catch {
    return false;
  }
}

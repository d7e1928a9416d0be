import {
  createFields,
  createSpec,
  followRequest,
  MultitaskError,
  type CreateSpec,
  type FieldError,
  type FollowRequest,
} from '@multitask/contracts';
import { fieldPath, refuse } from './faults';
import { nearestName } from './nearest-name';
import { shownName } from './shown-name';

type Issue = NonNullable<ReturnType<typeof createSpec.safeParse>['error']>['issues'][number];

/** The fields of a request body, `inputs` among them. */
export const createFieldNames: readonly string[] = ['inputs', ...Object.keys(createFields), 'taskgroup_id'];

/**
 * Checks every field of a create request but its inputs, each on its own. Unknown keys are told first, since a misspelt key is
 * the likeliest reason for whatever else is missing. Throws with all faults.
 */
export function validateSpec(body: unknown): CreateSpec {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    refuse('malformed_body', [
      { field: '', message: 'The body must be a JSON object with the fields of a task group' },
    ]);
  refuseUnknown(Object.keys(body));
  const { inputs: _inputs, ...fields } = body as Record<string, unknown>;
  refuseLarge(fields);
  const result = createSpec.safeParse(fields);
  if (result.success) return result.data;
  const unknown = result.error.issues.flatMap(unknownKeys);
  if (unknown.length > 0) refuse('unknown_field', unknown);
  refuse('invalid_field', result.error.issues.map(faultOf));
}

/** Whether a body asks to follow a group that exists, instead of making one. */
export const asksToFollow = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && !Array.isArray(body) && Object.hasOwn(body, 'taskgroup_id');

/** Checks every field of a request to follow a group. Throws with all faults. */
export function validateFollow(body: object): FollowRequest {
  refuseUnknown(Object.keys(body));
  refuseLarge(body);
  const result = followRequest.safeParse(body);
  if (result.success) return result.data;
  const { issues } = result.error;
  const idle = issues.flatMap((issue) => (issue.code === 'unrecognized_keys' ? issue.keys : []));
  refuse('invalid_field', [
    ...issues.filter(({ code }) => code !== 'unrecognized_keys').map(faultOf),
    ...idle.map((field) => ({
      field,
      message: 'makes no sense beside taskgroup_id: that group has its runs, and nothing is bought',
    })),
  ]);
}

/** Of a body with a million unknown keys, nobody wants to read the million. */
const lookedAt = 20;

function refuseUnknown(names: readonly string[]): void {
  const unknown: FieldError[] = [];
  for (const name of names) {
    if (createFieldNames.includes(name)) continue;
    const near = nearestName(name, createFieldNames);
    unknown.push({
      field: shownName(name),
      message: `is not a known field${near ? `; did you mean ${near}?` : ''}`,
    });
    if (unknown.length >= lookedAt) break;
  }
  if (unknown.length > 0) refuse('unknown_field', unknown);
}

/** Characters of all fields but the inputs. The largest that make sense, two schemas and ten servers, stay far below. */
const specCharacters = 262_144;

function refuseLarge(fields: object): void {
  if (JSON.stringify(fields).length > specCharacters)
    throw new MultitaskError('too_large', `The fields beside inputs have more than ${specCharacters} characters.`);
}

function unknownKeys(issue: Issue): FieldError[] {
  if (issue.code !== 'unrecognized_keys') return [];
  return issue.keys
    .slice(0, lookedAt)
    .map((key) => ({ field: fieldPath([...issue.path, key]), message: 'is not a known field' }));
}

function faultOf(issue: Issue): FieldError {
  if (issue.code === 'invalid_key')
    return {
      field: fieldPath(issue.path.slice(0, -1)),
      message: issue.issues[0]?.message ?? 'has a key that is not taken',
    };
  // Zod's own words begin like this; ours stand as they are.
  const own = !issue.message.startsWith('Invalid input');
  const expected = issue.code === 'invalid_type' ? typeNames[issue.expected] : undefined;
  return {
    field: fieldPath(issue.path),
    message: own ? issue.message : expected ? `must be ${expected}` : 'is not valid',
  };
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'an array',
  object: 'an object',
  record: 'an object',
};

import { limits, type GroupSpec, type JsonObject, type RowInput } from '@multitask/contracts';
import type { Refusal } from '../view/group-view';
import { charactersOf } from './input-row';

/** The upstream's `task_spec` of every run of a group. */
export function taskSpecOf(spec: Pick<GroupSpec, 'output' | 'input_schema'>): JsonObject {
  return {
    output_schema: spec.output as JsonObject,
    ...(spec.input_schema && { input_schema: { type: 'json', json_schema: spec.input_schema } }),
  };
}

export const specCharacters = (spec: Pick<GroupSpec, 'output' | 'input_schema'>): number =>
  JSON.stringify(taskSpecOf(spec)).length;

/** Why a row will never be bought: it is larger than the upstream takes together with the task spec. Such a row is rejected alone. */
export const rowRefusal = (charactersOfSpec: number, input: RowInput): Refusal | undefined =>
  refusalOfSize(charactersOfSpec + charactersOf(input));

/** The same by the characters of spec and row together. */
export function refusalOfSize(characters: number, limit: number = limits.specAndInputCharacters): Refusal | undefined {
  if (characters <= limit) return undefined;
  return {
    code: 'row_too_large',
    message: `This row and the task specification have ${characters} characters together; the upstream takes ${limit}.`,
  };
}

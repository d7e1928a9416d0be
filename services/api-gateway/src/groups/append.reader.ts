import type { FastifyRequest } from 'fastify';
import { refuse } from '@multitask/task-group';
import { readCreateRequest } from '../create/create-request.reader';
import type { CreateRequest } from '../create/create.request';
import type { ReadLimits } from '../create/request-inputs';

const taken: ReadonlySet<string> = new Set(['max_inputs', 'max_cost_usd']);

/** Reads the rows of an append in all the ways a create takes them. What a group is like was settled when it was created. */
export async function readAppendRequest(request: FastifyRequest, limits: ReadLimits): Promise<CreateRequest> {
  const read = await readCreateRequest(request, limits, () => undefined);
  const strays = Object.keys(read.spec).filter((name) => !taken.has(name));
  if (read.follows !== undefined) strays.push('taskgroup_id');
  if (strays.length === 0) return read;
  if (read.inputs.kind === 'rows') await read.inputs.rows.dispose();
  refuse(
    'unknown_field',
    strays.map((field) => ({
      field,
      message: 'was settled when the group was created; only inputs, max_inputs and max_cost_usd can be given here',
    })),
  );
}

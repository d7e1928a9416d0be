import type { JsonObject } from '@multitask/contracts';
import { sampleInput } from './sample.groups';
import type { ServiceProcess } from './service.process';
import type { WorkerProcess } from './worker.process';

/** Creates a group the way a client does. */
export async function createGroup(gateway: ServiceProcess, rows: number): Promise<string> {
  const answer = await fetch(`${gateway.url}/v1beta/tasks/multitask`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', 'x-api-key': 'bench' },
    body: JSON.stringify({
      inputs: Array.from({ length: rows }, (_, row) => sampleInput(row)),
      processor: 'lite',
      output_schema: { type: 'json', json_schema: outputSchema },
    }),
  });
  if (answer.status !== 201) throw new Error(`create answered ${answer.status}: ${await answer.text()}`);
  return ((await answer.json()) as { taskgroup_id: string }).taskgroup_id;
}

/** Resolves when the product has bought every row and follows the group. */
export const untilFollowed = (upstream: WorkerProcess, id: string, runs: number, followers = 1): Promise<void> =>
  upstream.ask('untilFollowed', { id, runs, followers });

const outputSchema: JsonObject = {
  type: 'object',
  properties: { capital: { type: 'string' }, bench_event: { type: 'integer' } },
  required: ['capital', 'bench_event'],
  additionalProperties: false,
};

import { eventually } from '@multitask/testing';

export interface JsonResult {
  taskgroup_id: string;
  status: { num_task_runs: number; task_run_status_counts: Record<string, number>; is_active: boolean };
  results: Record<string, unknown>[];
  runs: Record<string, unknown>[];
  warnings: { message: string }[];
  expires_at: string | null;
}

/** Creates a group as a program would and returns the JSON answer. */
export async function createGroup(origin: string, body: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(`${origin}/v1beta/tasks/multitask`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (answer.status !== 201) throw new Error(`create answered ${answer.status}: ${text}`);
  return JSON.parse(text) as { url: string; taskgroup_id: string; webhook_secret?: string };
}

export async function readResult(url: string): Promise<JsonResult> {
  const answer = await fetch(`${url}.json`);
  if (!answer.ok) throw new Error(`${url}.json answered ${answer.status}`);
  return (await answer.json()) as JsonResult;
}

/** Waits until the group is done and returns its result. */
export async function finished(url: string, timeoutMs = 60_000): Promise<JsonResult> {
  let result: JsonResult | undefined;
  await eventually(
    async () => {
      // A service that was just killed may answer 502 for a moment; the wait goes on.
      result = await readResult(url).catch(() => undefined);
      return result !== undefined && !result.status.is_active;
    },
    { timeoutMs },
  );
  return result!;
}

/** Rows of a deterministic group of any size. */
export const cityRows = (count: number): { city: string; number: number }[] =>
  Array.from({ length: count }, (_, i) => ({ city: `City ${i}`, number: i }));

export const citySchema = {
  type: 'object',
  properties: { population: { type: 'integer', description: 'Number of inhabitants' }, mayor: { type: 'string' } },
  required: ['population', 'mayor'],
  additionalProperties: false,
};

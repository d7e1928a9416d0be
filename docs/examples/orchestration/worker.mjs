// node worker.mjs <run>: works until the run has ended. Start as many as you like, anywhere.
const { MULTITASK_URL, ORCHESTRATION_TOKEN } = process.env;
const workerId = `worker-${process.pid}`;

async function call(operation, input) {
  const response = await fetch(`${MULTITASK_URL}/v1/orchestration/${operation}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ORCHESTRATION_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(input),
  });
  const answer = await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.detail), { code: answer.code });
  return answer;
}

const handlers = {
  fetch: (task) => ({ country: task.input }),
  report: () => ({ countries: 2 }),
};

for (;;) {
  const { claim } = await call('claim_next_task', { workerId, kinds: Object.keys(handlers), waitMs: 5000 });
  if (claim) {
    const held = { taskId: claim.task.id, leaseId: claim.lease.id, workerId };
    const beat = setInterval(() => call('heartbeat_lease', held).catch(() => {}), claim.lease.leaseMs / 3);
    try {
      const output = await handlers[claim.task.kind](claim.task);
      await call('complete_task', { ...held, output });
      console.log(`${claim.task.kind} ${JSON.stringify(output)}`);
    } catch (error) {
      // A lease that was lost is nobody's failure: the task is another worker's by now.
      if (!error.code?.startsWith('lease_')) await call('fail_task', { ...held, error: { message: error.message } });
    } finally {
      clearInterval(beat);
    }
  }
  const { run } = await call('get_run', { runId: process.argv[2] });
  if (['completed', 'failed', 'cancelled'].includes(run.status)) break;
}

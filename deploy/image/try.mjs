// Tries an installation from inside: try <origin> group   three rows from their creation to the end of the group
//                                   try <origin> plan    what a group would cost; nothing is created or bought
const [origin, what] = process.argv.slice(3);
const patienceMs = 120_000;

const rows = [{ country: 'France' }, { country: 'Japan' }, { country: 'Kenya' }];
const order = { inputs: rows, output_type: 'json', output_description: 'capital and region', processor: 'lite' };

async function ask(path, init) {
  const answer = await fetch(new URL(path, origin), {
    ...init,
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    signal: AbortSignal.timeout(60_000),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${init?.method ?? 'GET'} ${path} answered ${answer.status}: ${text.slice(0, 500)}`);
  return JSON.parse(text);
}

const create = (query = '') =>
  ask(`/v1beta/tasks/multitask${query}`, {
    method: 'POST',
    body: JSON.stringify(order),
  });

async function tryGroup() {
  const { taskgroup_id: id } = await create();
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const { results } = await ask(`/${id}.json`);
    const open = results.filter(({ $status }) => $status !== 'completed');
    if (results.length === rows.length && open.length === 0) return console.log(JSON.stringify({ id, results }));
    if (Date.now() > deadline) throw new Error(`rows are not completed: ${JSON.stringify(open)}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

try {
  await ask('/openapi.json');
  if (what === 'group') await tryGroup();
  else console.log(JSON.stringify(await create('?dry_run=true')));
} catch (error) {
  console.error(error.message, error.cause?.message ?? '');
  process.exitCode = 1;
}

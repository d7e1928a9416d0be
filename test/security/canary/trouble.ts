import { eventually } from '@multitask/testing';
import { finished, idOf, readEveryWay, secretSpec } from './edges';
import { pidOf, type CanaryHouse } from './house';
import { requestsAfter } from './upstream.ledger';

const path = '/v1beta/tasks/multitask';
const json = { 'content-type': 'application/json', accept: 'application/json' };

/** An upstream that says the key back, hangs up, or is slow while a service is killed. */
export async function troubleEveryWay(house: CanaryHouse, title: string): Promise<string[]> {
  const faults = (list: object[]) =>
    fetch(`${house.product.emulator}/_emulator/faults`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ faults: list }),
    });
  const create = (name: string, key: string, more: Record<string, string> = {}, spec?: object) =>
    house.send(name, path, {
      method: 'POST',
      headers: { ...json, 'x-api-key': key, ...more },
      body: JSON.stringify({ ...(spec ?? secretSpec(house, name)), title }),
    });
  const echoed = (key: string) =>
    [key, encodeURIComponent(key), Buffer.from(key).toString('base64'), Buffer.from(key).toString('hex')].join(' ');

  for (const status of [401, 403, 422, 429, 500]) {
    const key = house.secret(`echoed ${status}`);
    for (const body of ['envelope', 'fastapi'])
      await faults([{ kind: 'respond', match: { endpoint: 'create_group' }, status, message: echoed(key), body }]).then(
        () => create(`an upstream that echoes with ${status}`, key),
      );
  }
  await faults([{ kind: 'reset', match: { endpoint: 'create_group' } }]);
  await create('an upstream that hangs up', house.secret('hung up: key'));

  // Rows that are refused tell why, to everybody.
  const key = house.secret('echoed at the purchase: key');
  const spec = secretSpec(house, 'echoed at the purchase');
  const said = `${echoed(key)} ${echoed(spec.mcp_servers[0]!.headers.authorization)} ${spec.mcp_servers[0]!.url}`;
  await faults([{ kind: 'respond', match: { endpoint: 'add_runs' }, status: 422, message: said, body: 'fastapi' }]);
  const refused = idOf((await create('a purchase that is refused', key, {}, spec)).text);
  await finished(house, refused);
  await readEveryWay(house, refused);

  await faults([{ kind: 'hold', match: { endpoint: 'create_group' } }]);
  const told = await requestsAfter(house, 0);
  const last = told.at(-1)?.id ?? 0;
  const killed = secretSpec(house, 'killed');
  const again = { 'idempotency-key': house.secret('killed: Idempotency-Key') };
  const killedKey = house.secret('killed: key');
  const first = create('a create that is killed', killedKey, again, killed).catch(() => undefined);
  await eventually(async () =>
    (await requestsAfter(house, last)).some(
      ({ endpoint, closed_at }) => endpoint === 'create_group' && closed_at === null,
    ),
  );
  process.kill(await pidOf(house.product.dataDir, 'api-gateway'), 'SIGKILL');
  await first;
  await faults([]);
  const repeated = await eventually(
    async () => {
      const answer = await create('a create that is repeated', killedKey, again, killed);
      return answer.status === 201 ? answer : undefined;
    },
    { timeoutMs: 60_000, intervalMs: 200 },
  );
  await create('the same once more', killedKey, again, killed);
  await create('another one under its name', killedKey, again, secretSpec(house, 'other'));
  return [refused, idOf(repeated.text)];
}

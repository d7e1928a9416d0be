import { GroupStory } from '@multitask/testing';
import { Client } from 'pg';
import { GatewayHouse, newGroupId } from '../testing/gateway.house';
import { SseClient } from '../testing/sse.client';

let house: GatewayHouse;
beforeAll(async () => (house = await GatewayHouse.open()));
afterAll(() => house?.close());

it('tells the readers of a group what it lost when the log was set back, in every format and live; and of a group that is lost, that it was', async () => {
  const [hurt, whole, lost] = [newGroupId(), newGroupId(), newGroupId()];
  const client = new Client({ connectionString: house.database.url });
  await client.connect();
  try {
    const losses = { [hurt]: ['row 0: its output is lost', 'row 1: <img src=x onerror=alert(1)>'] };
    const add = `insert into log.repairs (reason, noticed_at, done_at, report) values ('r', $1, now(), $2)`;
    const quiet = { lostGroups: [], lostMessages: [], losses: {} };
    await client.query(add, ['2026-10-01T00:00:00Z', JSON.stringify(quiet)]);
    await client.query(add, ['2026-11-21T12:00:00Z', JSON.stringify({ ...quiet, lostGroups: [lost], losses })]);
  } finally {
    await client.end();
  }
  for (const id of [hurt, whole]) await house.append(new GroupStory(id).created(['a', 'b']).bought([0]));
  // One comes from the log, the other from the read model.
  await house.project(whole);
  const read = async (path: string) => (await fetch(`${house.origin()}${path}`)).text();
  const message =
    'The service’s log was set back to an older copy on 2026-11-21. What could not be restored of this group: row 1: its output is lost; row 2: <img src=x onerror=alert(1)>.';

  for (const from of ['log', 'read model']) {
    if (from === 'read model') await house.project(hurt);
    const { warnings } = JSON.parse(await read(`/${hurt}.json`)) as { warnings: unknown };
    expect(warnings).toEqual([{ code: 'log_set_back', message }]);
  }
  expect(await read(`/${hurt}.html`)).toContain(
    `<p class="notice warning">${message.replace(/[<>]/g, (one) => (one === '<' ? '&lt;' : '&gt;'))}</p>`,
  );
  expect(await read(`/${hurt}.md`)).toContain('row 1: its output is lost');
  const reader = await SseClient.open(`${house.origin()}/${hurt}.sse`);
  await reader.until(() => reader.types().includes('snapshot_end'));
  expect(JSON.parse(reader.messages[0]!.data)).toMatchObject({ group: { warnings: [{ message }] } });
  reader.cut();

  expect(JSON.parse(await read(`/${whole}.json`))).toMatchObject({ warnings: [] });
  const answer = await fetch(`${house.origin()}/${lost}`);
  expect([answer.status, await answer.json()]).toEqual([
    404,
    expect.objectContaining({ code: 'group_not_found', detail: expect.stringContaining('was lost on 2026-11-21') }),
  ]);
});

import { GroupStory, jsonOutput } from '@multitask/testing';
import { Client } from 'pg';
import { GatewayHouse, newGroupId } from '../testing/gateway.house';
import { SseClient } from '../testing/sse.client';

let house: GatewayHouse;
beforeAll(async () => (house = await GatewayHouse.open()));
afterAll(() => house?.close());

const read = async (path: string) => {
  const answer = await fetch(`${house.origin()}${path}`);
  return { status: answer.status, headers: answer.headers, body: await answer.text() };
};

/** A group of two rows that the read model has, one of them done. */
async function knownGroup(): Promise<GroupStory> {
  const story = new GroupStory(newGroupId())
    .created([{ country: 'France' }, { country: 'Japan' }])
    .bought([0, 1])
    .reported(0, 'completed', { output: jsonOutput({ capital: 'Paris' }) });
  await house.append(story);
  await house.project(story.groupId);
  return story;
}

const noticesOf = (reader: SseClient): unknown[] =>
  reader.messages.filter(({ event }) => event === 'notice').map(({ data }) => JSON.parse(data) as unknown);

async function inFormats(groupId: string) {
  const formats = await Promise.all(['.json', '.md', '.html', '/status'].map((ending) => read(`/${groupId}${ending}`)));
  expect(formats.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect(formats.map(({ body }) => /Paris|num_task_runs/.test(body))).toEqual([true, true, true, true]);
  const [json, markdown, page, status] = formats.map(({ body }) => body) as [string, string, string, string];
  return {
    json: (JSON.parse(json) as { notice?: string }).notice,
    markdown: /^> ⏸ (.*)$/m.exec(markdown)?.[1],
    page: /<p class="notice lost" id="lost" role="status" ?>([^<]+)<\/p>/.exec(page)?.[1],
    status: (JSON.parse(status) as { notice?: string }).notice,
  };
}

const nothing = { json: undefined, markdown: undefined, page: undefined, status: undefined };

it('while the log is away, shows what was known, says so in every format, and goes on by itself', async () => {
  const story = await knownGroup();
  const { groupId } = story;
  const told = story.events.length;
  expect(await inFormats(groupId)).toEqual(nothing);
  const etag = (await read(`/${groupId}.json`)).headers.get('etag')!;
  const reader = await SseClient.open(`${house.origin()}/${groupId}.sse`);
  await reader.until(() => reader.types().includes('snapshot_end'));

  await house.nats.kill();
  await reader.until(() => noticesOf(reader).length === 1);
  const [{ message }] = noticesOf(reader) as [{ message: string }];
  expect(noticesOf(reader)).toEqual([{ type: 'notice', event_id: null, live: false, message }]);
  expect(message).toMatch(/^Not live at the moment: .* nothing is lost, and it goes on by itself\.$/);
  expect(await inFormats(groupId)).toEqual({ json: message, markdown: message, page: message, status: message });
  const unchanged = await fetch(`${house.origin()}/${groupId}.json`, { headers: { 'if-none-match': etag } });
  expect([unchanged.status, await unchanged.text()]).toEqual([200, expect.stringContaining('"notice"')]);
  const askedAt = Date.now();
  const refused = await read(`/${groupId}.sse`);
  expect([refused.status, refused.headers.get('retry-after'), JSON.parse(refused.body).detail]).toEqual([
    503,
    '2',
    message,
  ]);
  // Whoever asked the log would wait for its five seconds.
  expect(Date.now() - askedAt).toBeLessThan(4_500);

  await house.nats.restart();
  await reader.until(() => noticesOf(reader).length === 2);
  expect(noticesOf(reader)[1]).toEqual({ type: 'notice', event_id: null, live: true, message: null });
  story.reported(1, 'failed', { error: 'No sources.' }).completed();
  await house.append(story, told);
  await reader.untilEnd();
  expect(reader.types().slice(-2)).toEqual(['task_group.completed', 'closed']);
  await house.project(groupId);
  expect(await inFormats(groupId)).toEqual(nothing);
});

it('while the database is away, reads from the log and says that updates may come late', async () => {
  const { groupId } = await knownGroup();
  const reader = await SseClient.open(`${house.origin()}/${groupId}.sse`);
  await reader.until(() => reader.types().includes('snapshot_end'));
  const reopen = await closeDatabase();
  try {
    await reader.until(() => noticesOf(reader).length === 1);
    const [{ message }] = noticesOf(reader) as [{ message: string }];
    expect(message).toMatch(/^Updates may come late/);
    expect(await inFormats(groupId)).toEqual({ json: message, markdown: message, page: message, status: message });
  } finally {
    await reopen();
  }
  await reader.until(() => noticesOf(reader).length === 2);
  expect(await inFormats(groupId)).toEqual(nothing);
  reader.cut();
});

/** Nobody gets a connection to the house's database, and those there are get cut; answers how to undo that. */
async function closeDatabase(): Promise<() => Promise<void>> {
  const url = new URL(house.database.url);
  const name = url.pathname.slice(1);
  url.pathname = '/postgres';
  const client = new Client({ connectionString: url.href });
  await client.connect();
  await client.query(`alter database ${name} with allow_connections false`);
  await client.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name]);
  return async () => {
    await client.query(`alter database ${name} with allow_connections true`);
    await client.end();
  };
}

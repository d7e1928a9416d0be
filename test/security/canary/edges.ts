import { createFieldNames } from '@multitask/task-group';
import { eventually } from '@multitask/testing';
import type { CanaryHouse } from './house';
import { followGroup, sendHook } from './upstream.edges';

const path = '/v1beta/tasks/multitask';
const json = { 'content-type': 'application/json', accept: 'application/json' };

/** A canary of everything a create may hold that is secret. Each edge has canaries of its own, so that a hit says where. */
export function secretSpec(house: CanaryHouse, edge: string) {
  const { host } = house.outside;
  const webhook = `http://me:${house.secret(`${edge}: webhook password`)}@${host}/${house.secret(`${edge}: webhook path`)}`;
  return {
    inputs: [{ name: 'Ada' }, { name: 'Bo' }],
    output_type: 'text',
    processor: 'lite',
    webhook_url: `${webhook}?t=${house.secret(`${edge}: webhook query`)}`,
    // 32 of its letters make 24 bytes.
    webhook_secret: `whsec_${house.secret(`${edge}: webhook secret`).slice(0, 36)}`,
    mcp_servers: [
      {
        name: 'tools',
        url: `https://mcp.example/${house.secret(`${edge}: server path`)}?k=${house.secret(`${edge}: server query`)}`,
        headers: { authorization: `Bearer ${house.secret(`${edge}: server header`)}` },
      },
    ],
  };
}

/** The same as parts of a form. */
export function formOf(spec: object, rows: string): FormData {
  const form = new FormData();
  const { inputs: _, ...fields } = spec as Record<string, unknown>;
  form.append('spec', JSON.stringify(fields));
  form.append('inputs', new Blob([rows], { type: 'text/csv' }), 'rows.csv');
  return form;
}

export const idOf = (text: string): string => /tgrp_[0-9a-f]{32}/.exec(text)?.[0] ?? `no group: ${text}`;

export const finished = (house: CanaryHouse, id: string): Promise<unknown> =>
  eventually(
    async () => {
      const answer = await fetch(`${house.product.origin}/${id}/status`);
      return answer.ok && !((await answer.json()) as { status: { is_active: boolean } }).status.is_active;
    },
    { timeoutMs: 60_000, intervalMs: 50 },
  );

/** Every way to create a group, by every way to show a key. Answers the ids. */
export async function createEveryWay(house: CanaryHouse, title: string): Promise<string[]> {
  const spec = (edge: string) => ({ ...secretSpec(house, edge), title });
  const body = (edge: string) => JSON.stringify(spec(edge));
  const key = (edge: string) => house.secret(`${edge}: key`);
  const query = (edge: string, more: Record<string, string> = {}) =>
    `${path}?${new URLSearchParams({
      output_type: 'text',
      processor: 'lite',
      webhook_url: spec(edge).webhook_url,
      mcp_servers: JSON.stringify(spec(edge).mcp_servers),
      ...more,
    })}`;
  const answers = [
    await house.send('JSON, x-api-key', path, {
      method: 'POST',
      headers: { ...json, 'x-api-key': key('JSON') },
      body: body('JSON'),
    }),
    await house.send('JSON, bearer, wait', path, {
      method: 'POST',
      headers: { ...json, authorization: `Bearer ${key('bearer')}`, prefer: 'wait=10' },
      body: body('bearer'),
    }),
    await house.send('NDJSON, ?apiKey', query('NDJSON', { apiKey: key('NDJSON') }), {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: '{"a":1}\n{"a":2}',
    }),
    await house.send('CSV, bearer', query('CSV'), {
      method: 'POST',
      headers: { 'content-type': 'text/csv', authorization: `Bearer ${key('CSV')}` },
      body: 'a\n1\n2',
    }),
    await house.send('an upload', path, {
      method: 'POST',
      headers: { 'x-api-key': key('upload') },
      body: formOf(spec('upload'), 'a\n1\n2'),
    }),
    await house.send("a browser's form", path, {
      method: 'POST',
      headers: { accept: 'text/html' },
      body: fields({ ...flat(spec('form')), api_key: key('form'), inputs: 'a\n1' }),
    }),
    await house.send('a form in a URL’s encoding', path, {
      method: 'POST',
      body: new URLSearchParams({ ...flat(spec('encoded')), api_key: key('encoded'), inputs: 'a\n1' }),
    }),
    await house.send('inputs from a URL', path, {
      method: 'POST',
      headers: { ...json, 'x-api-key': key('URL') },
      body: JSON.stringify({ ...spec('URL'), inputs: inputsUrl(house, 'rows') }),
    }),
    await followGroup(house, title, key('follow'), spec('follow')),
  ];
  return answers.map(({ text, headers }) => idOf(`${headers.get('location') ?? ''} ${text}`));
}

const flat = (spec: object): Record<string, string> =>
  Object.fromEntries(
    Object.entries(spec)
      .filter(([name]) => name !== 'inputs')
      .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
  );

function fields(values: Record<string, string>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(values)) form.append(name, value);
  return form;
}

const inputsUrl = (house: CanaryHouse, what: string): string =>
  `http://me:${house.secret(`${what}: inputs password`)}@${house.outside.host}/${what}?token=${house.secret(`${what}: inputs query`)}`;

/** Everything an owner may do, each with a key of its own: the emulator lets every key read every group. */
export async function commandEveryWay(house: CanaryHouse, id: string): Promise<void> {
  const at = `${path}/${id}`;
  const ask = (name: string, method: string, tail: string, init: RequestInit = {}) =>
    house.send(name, `${at}${tail}`, {
      method,
      ...init,
      headers: { ...json, 'x-api-key': house.secret(`${name}: key`), ...(init.headers as object) },
    });
  await ask('append', 'POST', '/runs', { body: JSON.stringify({ inputs: [{ name: 'Cy' }] }) });
  await ask('append CSV', 'POST', '/runs', { headers: { 'content-type': 'text/csv' }, body: 'name\nDi' });
  await ask('append from a URL', 'POST', '/runs', { body: JSON.stringify({ inputs: inputsUrl(house, 'rows') }) });
  await finished(house, id);
  await ask('retry', 'POST', '/retry', { body: '{"rows":[0]}' });
  await ask('retry, ?apiKey', 'POST', `/retry?apiKey=${house.secret('retry query: key')}`, { headers: {} });
  await ask('events', 'GET', '/events');
  await ask('events of a bad cursor', 'GET', `/events?cursor=${house.secret('events cursor')}`);
  await ask('deliveries', 'GET', '/webhook');
  await ask('redeliver', 'POST', '/webhook/redeliver', { body: '{}' });
  await ask('redeliver badly', 'POST', '/webhook/redeliver', {
    body: JSON.stringify({ [house.secret('redeliver: unknown name')]: 1 }),
  });
  await ask('cancel', 'POST', '/cancel');
  await house.send('short form', `/${id}/retry`, { method: 'POST', headers: { 'x-api-key': house.secret('short') } });
  for (const method of ['GET', 'POST']) {
    await house.send(`${method} groups, ?apiKey`, `${path}?apiKey=${house.secret(`${method} list`)}`, { method });
    await house.send(`${method} nothing`, `/v1beta/${house.secret(`${method} path`)}`, { method });
  }
  await house.send('limits', `${path}/limits?apiKey=${house.secret('limits')}`);
  await sendHook(house);
}

const formats = ['', '.json', '.md', '.html', '.csv', '.ndjson', '.sqlite', '.db', '.sse', '/status'];

/** Every way to read, with secrets where none belongs. */
export async function readEveryWay(house: CanaryHouse, id: string): Promise<void> {
  for (const format of formats) {
    const key = house.secret(`read ${format}: key`);
    const init = { headers: { 'x-api-key': key, authorization: `Bearer ${key}`, cookie: `k=${key}` } };
    await house.send(`read ${format}`, `/${id}${format}`, init, 2_000);
    await house.send(`read ${format}, ?apiKey`, `/${id}${format}?apiKey=${key}&follow=no`, {}, 2_000);
  }
  for (const name of ['after', 'last_event_id', 'follow', 'status', 'limit', 'cursor', 'fields', 'basis', 'nothing']) {
    const value = house.secret(`read ?${name}`);
    await house.send(`read ?${name}`, `/${id}.json?${name}=${value}`, {}, 2_000);
    await house.send(`stream ?${name}`, `/${id}.sse?${name}=${value}`, {}, 2_000);
  }
  const last = house.secret('Last-Event-ID');
  await house.send('stream Last-Event-ID', `/${id}.sse`, { headers: { 'last-event-id': last } }, 2_000);
  for (const page of [
    '/',
    '/openapi',
    '/openapi.json',
    '/llms.txt',
    '/SPEC.md',
    '/assets/none',
    '/tgrp_none',
    '/trun_0',
  ])
    await house.send(`page ${page}`, `${page}?apiKey=${house.secret(`page ${page}`)}`);
}

/** Requests that are refused, in each of whose fields in turn stands a secret in every wrong way. */
export async function refuseEveryWay(house: CanaryHouse): Promise<void> {
  const valid = { inputs: ['a'], output_type: 'text', processor: 'lite' };
  for (const field of createFieldNames) {
    const secret = house.secret(`refused ${field}`);
    for (const value of [
      secret,
      [secret],
      { [secret]: secret },
      [{ [secret]: { deep: secret } }],
      `${secret}${'x'.repeat(70_000)}`,
      `http://10.0.0.1/${secret}`,
    ])
      await house.send(`refused ${field}`, path, {
        method: 'POST',
        headers: { ...json, 'x-api-key': house.secret('refused: key') },
        // One field that is certainly wrong; the more faults are told, the more could be told of the others.
        body: JSON.stringify({ ...valid, ttl_days: 'many', [field]: value }),
      });
  }
  const odd = house.secret('refused: elsewhere');
  const post = (body: string, more: Record<string, string> = {}, query = '') =>
    house.send('refused otherwise', `${path}${query}`, {
      method: 'POST',
      headers: { ...json, ...more },
      body,
    });
  await post(JSON.stringify({ ...valid, [odd]: 1 }));
  await post(JSON.stringify({ ...valid, apiKey: odd }));
  await post(`{"inputs": ["a"], "webhook_secret": ${odd}`);
  await post(`{"inputs": [${odd}]}`);
  await post(odd);
  await post(JSON.stringify(valid), {}, `?${odd}=1`);
  await post(JSON.stringify(valid), {}, `?webhook_secret=${odd}`);
  await post(JSON.stringify(valid), { 'content-type': `application/${odd}` });
  await post(JSON.stringify(valid), { 'content-encoding': odd });
  await post(JSON.stringify(valid), { 'x-api-key': `bad-key-${odd}` });
  await post(JSON.stringify(valid), { 'x-api-key': `${odd} ${odd}` });
  await post(JSON.stringify(valid), { 'idempotency-key': `${odd}${'x'.repeat(300)}` });
  await post(`a,a\n1,${odd}`, { 'content-type': 'text/csv' }, `?output_type=text&webhook_url=${odd}`);
  for (const what of ['page', 'nowhere'])
    await post(JSON.stringify({ ...valid, inputs: inputsUrl(house, what) }), { 'x-api-key': odd });
  for (const host of ['169.254.169.254', 'nobody.invalid', '127.0.0.1:9'])
    await post(JSON.stringify({ ...valid, inputs: `http://me:${odd}@${host}/${odd}?${odd}` }));
  await post(JSON.stringify({ ...valid, webhook_url: `http://me:${odd}@169.254.169.254/${odd}?${odd}` }));
  await post(JSON.stringify({ ...secretSpec(house, 'dry run'), ttl_days: 3 }), { 'x-api-key': odd }, '?dry_run=1');
}

import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { CreateAnswer, DryRunAnswer, EventData, RecordedEvent } from '@multitask/contracts';
import { applyToView, emptyFold } from '@multitask/task-group';
import { launchGateway, type LaunchedGateway } from '../testing/gateway.launcher';

const schema = {
  type: 'object',
  properties: { capital: { type: 'string', description: 'Capital city' } },
  required: ['capital'],
  additionalProperties: false,
};
const countries = {
  inputs: [{ country: 'France' }, { country: 'Japan' }],
  output_type: 'json',
  output_schema: schema,
  processor: 'lite',
};
const words = { output_type: 'json', output_description: 'capital and currency of the country' };
const json = { accept: 'application/json' };

describe('POST /v1beta/tasks/multitask', () => {
  let gateway: LaunchedGateway;
  let files: Server;
  let fileOrigin: string;
  const served = new Map<string, { type: string; body: string; status?: number }>();
  beforeAll(async () => {
    files = createServer((request, response) => {
      const file = served.get(request.url ?? '');
      response.writeHead(file ? (file.status ?? 200) : 404, { 'content-type': file?.type ?? 'text/plain' });
      response.end(file?.body ?? 'nothing');
    });
    await new Promise<void>((resolve) => files.listen(0, '127.0.0.1', resolve));
    const { port } = files.address() as AddressInfo;
    fileOrigin = `http://127.0.0.1:${port}`;
    gateway = await launchGateway({
      OUTBOUND_ALLOW: `127.0.0.1:${port}`,
      MAX_BODY_BYTES: '200000',
      MAX_INPUTS_BYTES: '400000',
      MAX_ROWS: '1000',
    });
  });
  afterAll(async () => {
    files?.close();
    await gateway?.close();
  });

  const post = (body: unknown, headers: Record<string, string> = {}, query = '') =>
    fetch(gateway.create + query, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const created = async (response: Response): Promise<CreateAnswer> => {
    const text = await response.text();
    if (response.status !== 201) throw new Error(`${response.status} ${text}`);
    return JSON.parse(text) as CreateAnswer;
  };
  const problem = async (response: Response) => {
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    return (await response.json()) as Record<string, unknown>;
  };

  const eventsOf = async (groupId: string): Promise<RecordedEvent[]> => {
    const events: RecordedEvent[] = [];
    for await (const entry of gateway.log.readGroup(groupId)) if (entry.kind === 'event') events.push(entry.event);
    return events;
  };
  const inputsOf = async (groupId: string): Promise<unknown[]> => {
    const fold = emptyFold(groupId);
    for (const event of await eventsOf(groupId)) applyToView(fold, event);
    return fold.view!.rows.map((row) => row.input);
  };
  const createdEvent = async (groupId: string): Promise<EventData<'GroupCreated'>> => {
    const found = (await eventsOf(groupId)).find((event) => event.name === 'GroupCreated');
    return found!.data as EventData<'GroupCreated'>;
  };

  describe('the answer', () => {
    it('is the URL as text for a client that names no preference, and the log has the group', async () => {
      const response = await post(countries);
      expect(response.status).toBe(201);
      expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
      const url = (await response.text()).trim();
      expect(response.headers.get('location')).toBe(url);
      expect(url).toMatch(new RegExp(`^${gateway.origin}/tgrp_[0-9a-f]{32}$`));

      const events = await eventsOf(url.slice(-37));
      expect(events.map((event) => event.name)).toEqual(['RowsAccepted', 'GroupCreated']);
      expect(events[1]!.data).toMatchObject({
        row_count: 2,
        generation: 1,
        upstream: 'emulator',
        origin: gateway.origin,
        estimated_cost_usd: 0.01,
        spec: { processor: 'lite', output: { type: 'json', json_schema: schema }, ttl_days: 30 },
      });
    });

    it('is everything there is to know as JSON', async () => {
      const answer = await created(await post({ ...countries, title: 'Capitals' }, json));
      expect(answer).toEqual({
        url: `${gateway.origin}/${answer.taskgroup_id}`,
        taskgroup_id: answer.taskgroup_id,
        num_inputs: 2,
        processor: 'lite',
        output_type: 'json',
        output_schema: schema,
        title: 'Capitals',
        warnings: [],
        expires_at: null,
        estimate: { cost_usd: 0.01, usd_per_run: 0.005, seconds: { min: 10, max: 120 } },
        formats: {
          json: `${answer.url}.json`,
          md: `${answer.url}.md`,
          html: `${answer.url}.html`,
          sse: `${answer.url}.sse`,
          csv: `${answer.url}.csv`,
          ndjson: `${answer.url}.ndjson`,
          sqlite: `${answer.url}.sqlite`,
          db: `${answer.url}.db`,
          status: `${answer.url}/status`,
        },
      });
    });

    it('tells the webhook’s secret once we made one: in JSON, in a header, on a page', async () => {
      const hook = { ...countries, webhook_url: `${fileOrigin}/hook` };
      expect((await created(await post(hook, json))).webhook_secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
      const text = await post(hook);
      expect(text.headers.get('webhook-secret')).toMatch(/^whsec_/);
      expect(await text.text()).not.toContain('whsec_');
      const page = await fetch(gateway.create, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'text/html' },
        body: JSON.stringify(hook),
        redirect: 'manual',
      });
      expect(page.status).toBe(201);
      expect(await page.text()).toContain(page.headers.get('webhook-secret') ?? 'a secret');
      const own = { ...hook, webhook_secret: `whsec_${Buffer.alloc(24, 1).toString('base64')}` };
      expect((await created(await post(own, json))).webhook_secret).toBeUndefined();
    });

    it('suggests schema, title and processor from words, with every warning of the suggestion', async () => {
      const answer = await created(await post({ inputs: countries.inputs, ...words }, json));
      expect(answer.output_schema).toMatchObject({ type: 'object', properties: expect.any(Object) });
      expect(answer.processor).toMatch(/^[a-z0-9]+$/);
      expect((await createdEvent(answer.taskgroup_id)).spec.output).toEqual({
        type: 'json',
        json_schema: answer.output_schema,
      });
    });

    it('warns of what the upstream will warn of', async () => {
      const loose = { type: 'object', properties: { reasoning: { type: 'string' } } };
      const answer = await created(
        await post({ ...countries, output_schema: loose, processor: 'mega', input_schema: { required: ['x'] } }, json),
      );
      expect(answer.warnings.map((warning) => warning.field)).toEqual([
        'output_schema.properties.reasoning',
        'output_schema.required',
        'output_schema.additionalProperties',
        'processor',
        'inputs[0]',
        'inputs[1]',
      ]);
      expect(answer.estimate.cost_usd).toBeNull();
    });

    it('warns of a row that is too large and will be rejected alone', async () => {
      const inputs = [{ country: 'France' }, { country: 'x'.repeat(26_000) }];
      const answer = await created(await post({ ...countries, inputs }, json));
      expect(answer.warnings).toEqual([expect.objectContaining({ code: 'row_too_large', field: 'inputs[1]' })]);
    });

    it('sends a browser to the result', async () => {
      const form = new FormData();
      for (const [name, value] of Object.entries({
        ...words,
        inputs: 'country\nFrance\nJapan',
        processor: 'lite',
        title: '',
      }))
        form.append(name, value);
      form.append('inputs', new Blob([]), '');
      const response = await fetch(gateway.create, {
        method: 'POST',
        body: form,
        headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' },
        redirect: 'manual',
      });
      expect(response.status).toBe(303);
      const location = response.headers.get('location')!;
      expect(location).toMatch(/^\/tgrp_[0-9a-f]{32}$/);
      expect(await inputsOf(location.slice(1))).toEqual([{ country: 'France' }, { country: 'Japan' }]);
    });

    it('names the origin a trusted proxy names', async () => {
      const response = await post(countries, {
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'multitask.example',
      });
      expect(await response.text()).toMatch(/^https:\/\/multitask\.example\/tgrp_/);
    });
  });

  describe('inputs', () => {
    const rows = [
      { a: '1', b: 'ä,"x"' },
      { a: '2', b: '' },
    ];
    const csv = '\uFEFFa,b\r\n1,"ä,""x"""\r\n\r\n2,\r\n';
    const ndjson = rows.map((row) => JSON.stringify(row)).join('\n');
    const spec = { output_type: 'text', processor: 'lite' };

    it('may be texts', async () => {
      const answer = await created(await post({ ...spec, inputs: ['one', 'two'] }, json));
      expect(await inputsOf(answer.taskgroup_id)).toEqual(['one', 'two']);
    });

    it.each([
      ['rows.csv', 'text/csv', csv],
      ['rows.csv', 'application/octet-stream', csv],
      ['rows', 'text/plain', csv.replaceAll(',', ';').replace('ä;', 'ä,')],
      ['rows.ndjson', 'application/x-ndjson', ndjson],
      ['rows.json', 'application/json', JSON.stringify(rows, null, 2)],
    ])('may be uploaded as %s (%s)', async (name, type, content) => {
      const form = new FormData();
      form.append('spec', new Blob([JSON.stringify(spec)], { type: 'application/json' }));
      form.append('inputs', new Blob([content], { type }), name);
      const answer = await created(await fetch(gateway.create, { method: 'POST', body: form, headers: json }));
      expect(await inputsOf(answer.taskgroup_id)).toEqual(rows);
    });

    it('may come before their spec', async () => {
      const form = new FormData();
      form.append('inputs', new Blob([csv], { type: 'text/csv' }), 'rows.csv');
      form.append('spec', JSON.stringify({ ...spec, max_inputs: 1 }));
      expect(await problem(await fetch(gateway.create, { method: 'POST', body: form }))).toMatchObject({
        code: 'invalid_inputs',
        field: 'max_inputs',
      });
    });

    it.each([
      ['text/csv', csv],
      ['application/x-ndjson', ndjson],
    ])('may be the whole body as %s, with the fields in the query', async (type, body) => {
      const response = await post(
        body,
        { ...json, 'content-type': type },
        '?output_type=text&processor=lite&ttl_days=3',
      );
      const answer = await created(response);
      expect(await inputsOf(answer.taskgroup_id)).toEqual(rows);
      expect((await createdEvent(answer.taskgroup_id)).spec.ttl_days).toBe(3);
    });

    it('may be JSON that curl -d calls a form', async () => {
      const response = await post(countries, { ...json, 'content-type': 'application/x-www-form-urlencoded' });
      expect((await created(response)).num_inputs).toBe(2);
    });

    it.each([
      ['/rows.csv', 'text/csv', csv],
      ['/rows.json', 'application/json', JSON.stringify(rows)],
      ['/rows.jsonl?token=secret', 'application/octet-stream', ndjson],
    ])('may be at a URL: %s', async (path, type, body) => {
      served.set(path, { type, body });
      const answer = await created(await post({ ...spec, inputs: fileOrigin + path }, json));
      expect(await inputsOf(answer.taskgroup_id)).toEqual(rows);
      expect(JSON.stringify(await eventsOf(answer.taskgroup_id))).not.toContain('secret');
    });

    it('may be so many that they go through a file', async () => {
      const many = Array.from({ length: 1_000 }, (_, i) => `${i},${'y'.repeat(380)}`);
      const body = ['id,text', ...many].join('\n');
      const answer = await created(
        await post(body, { ...json, 'content-type': 'text/csv' }, '?output_type=text&processor=lite'),
      );
      const found = (await inputsOf(answer.taskgroup_id)) as { id: string }[];
      expect(found.map((row) => row.id)).toEqual(many.map((_, i) => String(i)));
    });
  });

  describe('a dry run', () => {
    it('tells what would happen and creates nothing', async () => {
      const before = (await gateway.upstreamRequests()).length;
      const response = await post(countries, {}, '?dry_run=true');
      expect(response.status).toBe(200);
      expect((await response.json()) as DryRunAnswer).toEqual({
        dry_run: true,
        num_inputs: 2,
        processor: 'lite',
        output_type: 'json',
        output_schema: schema,
        title: null,
        warnings: [],
        estimate: { cost_usd: 0.01, usd_per_run: 0.005, seconds: { min: 10, max: 120 } },
        preview: countries.inputs,
      });
      expect(await gateway.upstreamRequests()).toHaveLength(before);
    });

    it('asks for suggestions, and for nothing else', async () => {
      const before = (await gateway.upstreamRequests()).length;
      const response = await post({ inputs: countries.inputs, ...words }, {}, '?dry_run=true');
      expect((await response.json()) as DryRunAnswer).toMatchObject({ output_schema: { type: 'object' } });
      const asked = (await gateway.upstreamRequests()).slice(before).map(({ path }) => path);
      expect(asked.sort()).toEqual(['/v1beta/tasks/suggest', '/v1beta/tasks/suggest-processor']);
    });
  });

  describe('with an Idempotency-Key', () => {
    it('gives the same answer again, webhook secret included', async () => {
      const hook = { ...countries, webhook_url: `${fileOrigin}/hook` };
      const first = await created(await post(hook, { ...json, 'idempotency-key': 'one' }));
      const second = await created(await post(hook, { ...json, 'idempotency-key': 'one' }));
      expect(second).toEqual(first);
      expect(first.webhook_secret).toBeDefined();
    });

    it('gives it again although the inputs’ URL is gone', async () => {
      served.set('/gone.json', { type: 'application/json', body: '["a"]' });
      const body = { output_type: 'text', processor: 'lite', inputs: `${fileOrigin}/gone.json` };
      const first = await created(await post(body, { ...json, 'idempotency-key': 'gone' }));
      served.delete('/gone.json');
      expect(await created(await post(body, { ...json, 'idempotency-key': 'gone' }))).toEqual(first);
    });

    it('refuses another body', async () => {
      await created(await post(countries, { ...json, 'idempotency-key': 'two' }));
      const response = await post({ ...countries, title: 'x' }, { 'idempotency-key': 'two' });
      expect(response.status).toBe(422);
      expect(await problem(response)).toMatchObject({ code: 'idempotency_key_reused' });
    });

    it('sees the same fields in another order as the same body', async () => {
      const first = await created(await post(countries, { ...json, 'idempotency-key': 'three' }));
      const turned = Object.fromEntries(Object.entries(countries).reverse());
      expect(await created(await post(turned, { ...json, 'idempotency-key': 'three' }))).toEqual(first);
    });
  });

  describe('bad input', () => {
    const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
    const form = (parts: Record<string, string | Blob>): FormData => {
      const data = new FormData();
      for (const [name, value] of Object.entries(parts))
        if (typeof value === 'string') data.append(name, value);
        else data.append(name, value, 'inputs.csv');
      return data;
    };
    const csvType = { 'content-type': 'text/csv' };
    const text = '?output_type=text&processor=lite';

    it.each<[string, () => Promise<Response>, number, string, string | undefined]>([
      ['an unknown key', () => post({ ...countries, output_shema: {} }), 400, 'unknown_field', 'output_shema'],
      ['a wrong type', () => post({ ...countries, ttl_days: 'many' }), 400, 'invalid_field', 'ttl_days'],
      ['no inputs', () => post({ ...countries, inputs: undefined }), 400, 'invalid_inputs', 'inputs'],
      ['empty inputs', () => post({ ...countries, inputs: [] }), 400, 'invalid_inputs', 'inputs'],
      ['inputs that are no list', () => post({ ...countries, inputs: { a: 1 } }), 400, 'invalid_inputs', 'inputs'],
      ['a row that is none', () => post({ ...countries, inputs: [{ a: 1 }, 7] }), 400, 'invalid_inputs', 'inputs[1]'],
      ['a word instead of a URL', () => post({ ...countries, inputs: 'rows.csv' }), 400, 'invalid_inputs', 'inputs'],
      ['too many rows', () => post({ ...countries, inputs: Array(1_001).fill('x') }), 413, 'too_large', 'inputs'],
      ['more than max_inputs', () => post({ ...countries, max_inputs: 1 }), 400, 'invalid_inputs', 'max_inputs'],
      ['too high a cost', () => post({ ...countries, max_cost_usd: 0.001 }), 402, 'cost_above_limit', 'max_cost_usd'],
      [
        'json without schema and words',
        () => post({ ...countries, output_schema: undefined }),
        400,
        'invalid_field',
        'output_schema',
      ],
      ['text with a schema', () => post({ ...countries, output_type: 'text' }), 400, 'invalid_field', 'output_schema'],
      [
        'a schema the upstream refuses',
        () => post({ ...countries, output_schema: { type: 'array' } }),
        400,
        'invalid_schema',
        'output_schema.type',
      ],
      [
        'a schema from elsewhere',
        () => post({ ...countries, output_schema: { ...schema, properties: { a: { $ref: 'https://x.example' } } } }),
        400,
        'invalid_schema',
        'output_schema.properties.a.$ref',
      ],
      [
        'a webhook into our own network',
        () => post({ ...countries, webhook_url: 'http://169.254.169.254/x' }),
        400,
        'url_not_allowed',
        'webhook_url',
      ],
      [
        'inputs in our own network',
        () => post({ ...countries, inputs: 'http://10.0.0.1/x' }),
        400,
        'url_not_allowed',
        'inputs',
      ],
      [
        'inputs that are a web page',
        () => post({ ...countries, inputs: `${fileOrigin}/page` }),
        400,
        'invalid_inputs',
        'inputs',
      ],
      [
        'inputs that are not there',
        () => post({ ...countries, inputs: `${fileOrigin}/nowhere` }),
        400,
        'inputs_unreachable',
        'inputs',
      ],
      [
        'inputs of a URL that are too large',
        () => post({ ...countries, inputs: `${fileOrigin}/huge` }),
        413,
        'too_large',
        'inputs',
      ],
      ['broken JSON', () => post('{"inputs": ['), 400, 'malformed_body', 'inputs'],
      ['an empty body', () => post(''), 400, 'malformed_body', undefined],
      ['a list as body', () => post('[]'), 400, 'malformed_body', ''],
      ['10,000 levels', () => post(`{"inputs": [${deep(10_000)}]}`), 400, 'malformed_body', 'inputs[0]'],
      ['a prototype', () => post('{"__proto__": {"admin": 1}, "inputs": ["a"]}'), 400, 'malformed_body', undefined],
      [
        'a body that is too large',
        () => post({ ...countries, inputs: ['x'.repeat(300_000)] }),
        413,
        'too_large',
        undefined,
      ],
      [
        'an upload that is too large',
        () => post(`a\n${'x\n'.repeat(250_000)}`, csvType, text),
        413,
        'too_large',
        'inputs',
      ],
      [
        'no known type',
        () => post('<a/>', { 'content-type': 'application/xml' }),
        415,
        'unsupported_media_type',
        'Content-Type',
      ],
      [
        'a compressed body',
        () => post('x', { 'content-encoding': 'gzip' }),
        415,
        'unsupported_media_type',
        'Content-Encoding',
      ],
      ['ragged CSV', () => post('a,b\n1,2,3', csvType, text), 400, 'invalid_inputs', 'inputs[0]'],
      ['CSV without an end', () => post('a,b\n"1,2', csvType, text), 400, 'invalid_inputs', 'inputs'],
      ['a header alone', () => post('a,b\n', csvType, text), 400, 'invalid_inputs', 'inputs'],
      [
        'UTF-16',
        () =>
          fetch(gateway.create + text, {
            method: 'POST',
            headers: csvType,
            body: Buffer.from('\uFEFFa\n1\n', 'utf16le'),
          }),
        400,
        'malformed_body',
        undefined,
      ],
      [
        'NDJSON with a broken line',
        () => post('{"a":1}\n{"a"', { 'content-type': 'application/x-ndjson' }, text),
        400,
        'malformed_body',
        'inputs[1]',
      ],
      ['fields beside JSON', () => post(countries, {}, '?ttl_days=3'), 400, 'unknown_field', 'ttl_days'],
      [
        'a form with inputs twice',
        () =>
          fetch(gateway.create, {
            method: 'POST',
            body: form({ spec: JSON.stringify(countries), inputs: new Blob(['a\n1']) }),
          }),
        400,
        'invalid_field',
        'inputs',
      ],
      [
        'a form with a file elsewhere',
        () => fetch(gateway.create, { method: 'POST', body: form({ output_type: 'text', file: new Blob(['a']) }) }),
        400,
        'unknown_field',
        'file',
      ],
      [
        'a form with an unknown field',
        () =>
          fetch(gateway.create, {
            method: 'POST',
            body: form({ output_type: 'text', inputs: 'a\n1', processer: 'x' }),
          }),
        400,
        'unknown_field',
        'processer',
      ],
      [
        'a form whose spec is broken',
        () => fetch(gateway.create, { method: 'POST', body: form({ spec: '{' }) }),
        400,
        'malformed_body',
        'spec',
      ],
      [
        'a form that ends early',
        () =>
          post('--x\r\ncontent-disposition: form-data; name="spec"\r\n\r\n{', {
            'content-type': 'multipart/form-data; boundary=x',
          }),
        400,
        'malformed_body',
        undefined,
      ],
      [
        'an impossible Idempotency-Key',
        () => post(countries, { 'idempotency-key': 'ä' }),
        400,
        'invalid_field',
        'Idempotency-Key',
      ],
    ])('%s is a problem that names its field; nothing is created upstream', async (_, request, status, code, field) => {
      served.set('/page', { type: 'text/html', body: '<!doctype html><title>Rows</title>' });
      served.set('/huge', { type: 'text/csv', body: `a\n${'x\n'.repeat(250_000)}` });
      const before = (await gateway.upstreamRequests()).length;
      const response = await request();
      const body = await problem(response);
      expect({ status: response.status, code: body.code, field: body.field }).toEqual({ status, code, field });
      expect(await gateway.upstreamRequests()).toHaveLength(before);
      expect(({} as Record<string, unknown>).admin).toBeUndefined();
    });

    it('has left nothing in the database', async () => {
      const count = (table: string) =>
        gateway.database
          .selectFrom(table as never)
          .select((select) => select.fn.countAll<string>().as('n'))
          .executeTakeFirstOrThrow();
      const before = [await count('vault.secrets'), await count('idempotency.requests')];
      await post({ ...countries, output_shema: {} });
      await post({ ...countries, output_schema: { type: 'array' } });
      expect([await count('vault.secrets'), await count('idempotency.requests')]).toEqual(before);
    });

    it('may be of any size: 200 MiB are refused at once, without being read', async () => {
      const { port } = new URL(gateway.origin);
      const socket = connect(Number(port), '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(
        `POST /v1beta/tasks/multitask HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${200 * 1024 * 1024}\r\n\r\n{`,
      );
      const answer = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))));
      socket.destroy();
      expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    });
  });
});

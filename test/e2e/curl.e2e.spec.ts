import { freePort } from '@multitask/local-infrastructure';
import { eventually } from '@multitask/testing';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { curl } from './curl.process';
import { ledgerSummary } from './emulator.ledger';
import { startStandalone, type Standalone } from './standalone.process';
import { finished } from './task-group.client';

const secondsOf31Days = String(31 * 86_400);

describe('the whole surface by curl alone', () => {
  let house: Standalone;
  let create: string;
  let testClock: string;

  beforeAll(async () => {
    const emulatorPort = await freePort();
    testClock = join(process.env.TMPDIR ?? '/tmp', `multitask-clock-${process.pid}`);
    await writeFile(testClock, '0');
    house = await startStandalone({ emulatorPort, env: { MULTITASK_TEST_CLOCK: testClock } });
    create = `${house.origin}/v1beta/tasks/multitask`;
  }, 300_000);
  afterAll(() => house?.stop());

  const json = (body: unknown) => ['-H', 'content-type: application/json', '-d', JSON.stringify(body)];
  const countries = {
    inputs: [{ country: 'France' }, { country: 'Japan' }, { country: 'Kenya' }],
    output_type: 'json',
    output_schema: {
      type: 'object',
      properties: {
        capital: { type: 'string', description: 'Capital city' },
        country: { type: 'string', description: 'Official name' },
      },
      required: ['capital', 'country'],
      additionalProperties: false,
    },
    processor: 'lite',
  };

  test('create answers with nothing but the URL; polling .json shows the rows in input order until all are done', async () => {
    const created = await curl(create, ...json(countries));
    expect(created.status).toBe(201);
    expect(created.headers['content-type']).toMatch(/^text\/plain/);
    const url = created.body.trim();
    expect(url).toMatch(new RegExp(`^${house.origin}/tgrp_[0-9a-f]{32}$`));
    expect(created.headers.location).toBe(url);

    const first = JSON.parse((await curl(`${url}.json`)).body);
    expect(first.results.map((row: { country: string }) => row.country)).toHaveLength(3);
    expect(first.status.num_task_runs).toBe(3);

    await finished(url);
    const done = JSON.parse((await curl(`${url}.json`)).body);
    expect(done.status).toMatchObject({ num_task_runs: 3, task_run_status_counts: { completed: 3 }, is_active: false });
    expect(done.results.map((row: Record<string, unknown>) => row.capital)).toEqual(['Paris', 'Tokyo', 'Nairobi']);
    for (const row of done.results) {
      expect(row.$id).toMatch(/^trun_[0-9a-f]{32}$/);
      expect(row.$status).toBe('completed');
    }
    // Input and output share the name `country`: the output keeps it, the input is still there.
    expect(done.results[0].$input).toEqual({ country: 'France' });
    expect(done.runs[0]).toMatchObject({ run_id: done.results[0].$id, status: 'completed' });
  });

  test('a user cannot take the names we own', async () => {
    const created = await curl(
      create,
      ...json({ ...countries, inputs: [{ country: 'France', $id: 'mine', $status: 'mine' }] }),
    );
    const result = await finished(created.body.trim());
    expect(result.results[0]).toMatchObject({ $$id: 'mine', $$status: 'mine', $status: 'completed' });
    expect(result.results[0]!.$id).toMatch(/^trun_/);
  });

  test('markdown, a stream that tells all and closes, and a resumed stream', async () => {
    const url = (await curl(create, ...json(countries))).body.trim();
    await finished(url);

    const markdown = await curl(`${url}.md`);
    expect(markdown.headers['content-type']).toMatch(/^text\/markdown/);
    expect(markdown.body).toMatch(/\| .*Paris/);

    const stream = await curl('-N', `${url}.sse`);
    expect(stream.headers['content-type']).toMatch(/^text\/event-stream/);
    const ids = [...stream.body.matchAll(/^id: ?(.+)$/gm)].map((match) => match[1]!.trim());
    expect(ids.length).toBeGreaterThan(0);
    expect(stream.body.match(/event: ?task_run\.state/g)).toHaveLength(3);

    const resumed = await curl('-N', '-H', `Last-Event-ID: ${ids.at(-1)}`, `${url}.sse`);
    expect(resumed.status).toBe(204);
  });

  test('a live stream resumes where it was cut, and nothing comes twice', async () => {
    const many = { ...countries, inputs: Array.from({ length: 40 }, (_, i) => ({ country: `Land ${i}` })) };
    const url = (await curl(create, ...json(many))).body.trim();
    let cut = await curl('-N', '--max-time', '1', `${url}.sse`);
    const states: string[] = [];
    let lastId: string | undefined;
    let reconnects = 0;
    for (; reconnects < 60; reconnects++) {
      // A frame that was cut off has no blank line behind it and does not count; a snapshot counts once its end came.
      const whole = cut.body.split(/\r?\n\r?\n/).slice(0, -1);
      let pending: string[] = [];
      for (const frame of whole) {
        const id = /^id: ?(.+)$/m.exec(frame)?.[1]?.trim();
        if (/^event: ?task_run\.state$/m.test(frame))
          pending.push(/"run_id":"(trun_[0-9a-f]+)".*?"status":"(\w+)"/.exec(frame)!.slice(1).join(' '));
        if (!id) continue;
        states.push(...pending);
        pending = [];
        lastId = id;
      }
      if (cut.status === 204 || /^event: ?closed$/m.test(cut.body)) break;
      cut = await curl('-N', '--max-time', '1', ...(lastId ? ['-H', `Last-Event-ID: ${lastId}`] : []), `${url}.sse`);
    }
    expect(reconnects).toBeGreaterThan(0);
    const ends = states.filter((state) => state.endsWith('completed'));
    expect(ends).toHaveLength(40);
    expect(new Set(states).size).toBe(states.length);
  });

  test('a CSV file is uploaded as it is', async () => {
    const file = join(house.dataDir, 'countries.csv');
    await writeFile(file, '\uFEFFcountry,note\r\n"Peru","a ""quoted"", note"\r\nGhana,\r\n');
    const created = await curl(
      create,
      '-F',
      `spec=${JSON.stringify({ ...countries, inputs: undefined })};type=application/json`,
      '-F',
      `inputs=@${file};type=text/csv`,
    );
    expect(created.status).toBe(201);
    const result = await finished(created.body.trim());
    expect(result.results.map((row) => row.capital)).toEqual(['Lima', 'Accra']);
    expect(result.results[0]!.note).toBe('a "quoted", note');
  });

  test('a dry run tells what would happen and creates nothing', async () => {
    const before = await ledgerSummary(house.emulator);
    const dry = await curl(`${create}?dry_run=true`, ...json(countries));
    expect(dry.status).toBe(200);
    const answer = JSON.parse(dry.body);
    expect(answer).toMatchObject({ num_inputs: 3, processor: 'lite' });
    expect(answer.estimate.cost_usd).toBeCloseTo(0.015);
    const after = await ledgerSummary(house.emulator);
    expect(after.runs).toBe(before.runs);
    expect(after.requests.create_group).toBe(before.requests.create_group);
  });

  test('an unknown id is 404 and an expired one 410, in the format asked for', async () => {
    const unknown = await curl(`${house.origin}/tgrp_${'0'.repeat(32)}.json`);
    expect(unknown.status).toBe(404);
    expect(unknown.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(JSON.parse(unknown.body).code).toBe('group_not_found');

    const url = (await curl(create, ...json(countries))).body.trim();
    await finished(url);
    await writeFile(testClock, secondsOf31Days);
    try {
      await eventually(async () => (await curl(`${url}.json`)).status === 410, { timeoutMs: 90_000 });
      expect((await curl('-H', 'accept: text/html', url)).headers['content-type']).toMatch(/^text\/html/);
    } finally {
      await writeFile(testClock, '0');
    }
  });

  test('bad input is a problem that names the field, and nothing is bought', async () => {
    const before = await ledgerSummary(house.emulator);
    const bad = await curl(create, ...json({ ...countries, output_shema: {} }));
    expect(bad.status).toBe(400);
    expect(JSON.parse(bad.body)).toMatchObject({ code: 'unknown_field', field: 'output_shema' });
    const after = await ledgerSummary(house.emulator);
    expect(after.requests.create_group).toBe(before.requests.create_group);
  });
});

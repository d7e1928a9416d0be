import type { RecordedEvent } from '@multitask/contracts';
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

describe('creating a task group', () => {
  let gateway: LaunchedGateway;
  beforeAll(async () => {
    gateway = await launchGateway();
  });
  afterAll(() => gateway?.close());

  const post = (body: unknown, headers: Record<string, string> = {}, query = '') =>
    fetch(gateway.create + query, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });

  const eventsOf = async (groupId: string): Promise<RecordedEvent[]> => {
    const events: RecordedEvent[] = [];
    for await (const entry of gateway.log.readGroup(groupId)) if (entry.kind === 'event') events.push(entry.event);
    return events;
  };

  it('answers with the URL as text and leaves rows and GroupCreated in the log', async () => {
    const response = await post(countries);
    expect(response.status).toBe(201);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    const url = (await response.text()).trim();
    expect(response.headers.get('location')).toBe(url);
    expect(url).toMatch(new RegExp(`^${gateway.origin}/tgrp_[0-9a-f]{32}$`));

    const events = await eventsOf(url.slice(-37));
    expect(events.map((event) => event.name)).toEqual(['RowsAccepted', 'GroupCreated']);
    expect(events[0]!.data).toMatchObject({ first_row: 0, inputs: countries.inputs });
    expect(events[1]!.data).toMatchObject({
      row_count: 2,
      generation: 1,
      upstream: 'emulator',
      origin: gateway.origin,
      estimated_cost_usd: 0.01,
      spec: { processor: 'lite', output: { type: 'json', json_schema: schema }, ttl_days: 30 },
    });
  });
});

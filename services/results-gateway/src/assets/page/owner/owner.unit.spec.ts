import { eventKinds } from '@multitask/contracts';
import { eventSummary, eventTitle } from './event.words';
import { OwnerClient } from './owner.client';

const answering = (answer: () => Response | Promise<Response>) => {
  const asked: { path: string; init: RequestInit; headers: Headers }[] = [];
  const client = new OwnerClient(true, async (path, init) => {
    asked.push({ path: String(path), init: init!, headers: new Headers(init!.headers) });
    return answer();
  });
  return { client, asked };
};
const problem = (status: number, body: object | string) => () =>
  new Response(typeof body === 'string' ? body : JSON.stringify(body), { status });
const faultOf = async (answer: () => Response | Promise<Response>) => {
  const told = await answering(answer).client.ask('/x');
  return told.isGood ? undefined : told.fault;
};

describe('a command of the owner', () => {
  it('goes with the key, and with a name under which it is carried out once', async () => {
    const { client, asked } = answering(() => Response.json({ done: true }));
    expect(client.isKnown).toBe(false);
    client.remember(' the-key ');
    const told = await client.ask('/retry', { method: 'POST', body: { rows: [1] }, name: 'order-1' });
    expect(told).toEqual({ isGood: true, value: { done: true } });
    const [{ headers, init }] = asked as [(typeof asked)[0]];
    expect([headers.get('x-api-key'), headers.get('idempotency-key'), headers.get('content-type')]).toEqual([
      ...['the-key', 'order-1', 'application/json'],
    ]);
    expect(init.body).toBe('{"rows":[1]}');
    client.forget();
    await client.ask('/x');
    expect(asked[1]!.headers.has('x-api-key')).toBe(false);
  });

  it('leaves the type of a form to the browser, which knows its boundary', async () => {
    const { client, asked } = answering(() => Response.json({}));
    await client.ask('/x', { method: 'POST', body: new FormData() });
    expect(asked[0]!.headers.has('content-type')).toBe(false);
  });

  it.each<[string, () => Response | Promise<Response>, string]>([
    [
      'a refusal in its own words',
      problem(403, { code: 'not_owner', title: 'No', detail: 'Not yours.' }),
      'Not yours.',
    ],
    ['a title where there is no more', problem(409, { title: 'No' }), 'No'],
    [
      'the fields that are wrong',
      problem(400, { detail: 'Wrong.', errors: [{ field: 'inputs[3]', message: 'is no row' }] }),
      'Wrong.\ninputs[3]: is no row',
    ],
    [
      'no more of them than one reads',
      problem(400, { detail: 'W.', errors: Array.from({ length: 9 }, (_, i) => ({ field: `f${i}`, message: 'no' })) }),
      'W.\nf0: no\nf1: no\nf2: no\nf3: no\nf4: no\nand 4 more',
    ],
    [
      'a proxy that stands before nothing',
      problem(502, '<html>'),
      'The service does not answer at the moment. Please try again.',
    ],
    ['an answer that is no JSON', problem(418, 'tea'), 'The service answered 418.'],
    ['a good answer that is no JSON', problem(200, 'tea'), 'The service answered 200.'],
    [
      'no answer',
      () => Promise.reject(new TypeError('failed to fetch')),
      'The service does not answer at the moment. Please try again.',
    ],
  ])('tells of %s', async (_what, answer, expected) => expect(await faultOf(answer)).toBe(expected));

  it('says of a key that no header can hold that it is none', async () => {
    const { client, asked } = answering(() => Response.json({}));
    const told = await client.ask('/x', { key: 'schlüssel\u2028' });
    expect(told).toMatchObject({ isGood: false, fault: expect.stringContaining('not an API key') });
    expect(asked).toEqual([]);
  });
});

describe('an event in words', () => {
  it('has a title for each that there is', () => {
    for (const { type } of Object.values(eventKinds)) expect(eventTitle(type)).toMatch(/^[A-Z]/);
    expect(eventTitle('multitask.some.thing-new.v2')).toBe('some thing new');
    expect(eventTitle('multitask.constructor.v1')).toBe('constructor');
  });

  it('is told in a line, without the length of what it lists', () => {
    expect(
      eventSummary({
        data: { batch_id: 'x', warnings: [], error: null, row_count: 3, rows: [1, 2], runs: [1, 2, 3, 4] },
      }),
    ).toBe('row count: 3 · rows: 1, 2 · runs: 4 entries');
    expect(eventSummary({ data: { message: 'x'.repeat(500) } })).toHaveLength(141);
  });
});

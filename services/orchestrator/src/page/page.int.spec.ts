import { hostileTexts } from '@multitask/testing';
import { openHouse, tokens, tripleOf, type House, type Replica, type Who } from '../testing/orchestrator.house';

let house: House;
let replica: Replica;
beforeAll(async () => {
  house = await openHouse();
  replica = await house.start();
});
afterAll(() => house?.close());

const cookieOf = (who: Who) => `multitask_orchestration=${tokens[who]}`;
const open = (path: string, who?: Who, headers: Record<string, string> = {}) =>
  replica.send(path, { headers: { accept: 'text/html', ...(who && { cookie: cookieOf(who) }), ...headers } });
const post = (path: string, fields: Record<string, string>, who?: Who, headers: Record<string, string> = {}) =>
  replica.send(path, {
    method: 'POST',
    headers: { accept: 'text/html', ...(who && { cookie: cookieOf(who) }), ...headers },
    body: new URLSearchParams(fields),
  });

/** A run with a task that failed for good and one that asks. */
async function storyOf(text: string) {
  const { run } = await replica.call('create_run', { externalId: text, sealed: false }, 'red');
  const tasks = [
    { kind: `${run.id} dead`, key: text },
    { kind: `${run.id} ask`, dependsOnKeys: [] },
  ];
  await replica.call('enqueue_tasks', { runId: run.id, tasks }, 'red');
  const claim = async (what: string) =>
    (await replica.call('claim_next_task', { workerId: 'w', kinds: [`${run.id} ${what}`] }, 'red')).claim;
  const [dead, ask] = [await claim('dead'), await claim('ask')];
  await replica.call('fail_task', { ...tripleOf(dead), error: { message: text } }, 'red');
  await replica.call('pause_task', { ...tripleOf(ask), status: 'waiting_input', reason: text }, 'red');
  return { runId: run.id as string, dead: dead.task.id as string, ask: ask.task.id as string, claim };
}

describe('whoever comes without a token', () => {
  it.each(['/orchestration', '/orchestration/dead', '/orchestration/runs/r'])(
    'at %s is asked for one',
    async (path) => {
      const answer = await open(path);
      expect(answer.status).toBe(401);
      expect(answer.body).toContain('action="/orchestration/session"');
    },
  );

  it('gets a cookie for a good one that no script reads and no other site sends', async () => {
    const answer = await post('/orchestration/session', { token: tokens.red });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/orchestration']);
    expect(answer.headers.get('set-cookie')).toBe(
      `${cookieOf('red')}; Path=/orchestration; HttpOnly; SameSite=Strict; Max-Age=604800`,
    );
    const left = await post('/orchestration/leave', {}, 'red');
    expect(left.headers.get('set-cookie')).toMatch(/^multitask_orchestration=; .*Max-Age=0$/);
  });

  it('gets none for a wrong one', async () => {
    const answer = await post('/orchestration/session', { token: 'wrong-wrong-wrong-wrong' });
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([401, null]);
    expect(answer.body).not.toContain('wrong-wrong');
  });

  it('does not get past the API with the cookie of the page', async () => {
    const answer = await replica.send('/v1/orchestration/list_runs', { headers: { cookie: cookieOf('red') } });
    expect(answer.status).toBe(401);
  });
});

describe('the pages', () => {
  it('show a run with its tasks, what each waits for, its events, and take an answer', async () => {
    const story = await storyOf('Which year?');
    const list = await open('/orchestration', 'red');
    expect(list.body).toContain(`href="/orchestration/runs/${story.runId}"`);
    const page = await open(`/orchestration/runs/${story.runId}`, 'red');
    for (const text of ['Which year?', 'task.waiting_input', 'task.dead_lettered', `id="${story.dead}"`])
      expect(page.body).toContain(text);
    const answered = await post(`/orchestration/tasks/${story.ask}/resume`, { answer: '2024 <b>' }, 'red');
    expect([answered.status, answered.headers.get('location')]).toEqual([303, `/orchestration/runs/${story.runId}`]);
    expect((await story.claim('ask')).task.metadata).toEqual({ resume: '2024 <b>' });
  });

  it('show dead letters and queue them again', async () => {
    const story = await storyOf('broken');
    const dead = await open('/orchestration/dead', 'red');
    expect(dead.body).toContain(`action="/orchestration/tasks/${story.dead}/requeue"`);
    expect((await post(`/orchestration/tasks/${story.dead}/requeue`, {}, 'red')).status).toBe(303);
    expect((await story.claim('dead')).task.attemptCount).toBe(1);
  });

  it('follow a run', async () => {
    const { run } = await replica.call('create_run', {}, 'red');
    const { cursor } = (await open(`/orchestration/wait?run=${run.id}&after=0`, 'red')).body;
    const waits = open(`/orchestration/wait?run=${run.id}&after=${cursor}`, 'red');
    await replica.call('enqueue_task', { runId: run.id, kind: 'a' }, 'red');
    expect((await waits).body.cursor).toBeGreaterThan(cursor);
  });

  it('belong to a namespace: what is another’s is not there, and nothing of it can be changed', async () => {
    const story = await storyOf('mine alone');
    for (const path of ['/orchestration', '/orchestration/dead'])
      expect((await open(path, 'blue')).body).not.toContain(story.runId);
    const [foreign, none] = await Promise.all([
      open(`/orchestration/runs/${story.runId}`, 'blue'),
      open('/orchestration/runs/none', 'blue'),
    ]);
    expect([foreign.status, foreign.body]).toEqual([404, none.body]);
    expect((await open(`/orchestration/wait?run=${story.runId}`, 'blue')).status).toBe(404);
    expect((await post(`/orchestration/tasks/${story.ask}/resume`, { answer: 'x' }, 'blue')).status).toBe(404);
    expect((await post(`/orchestration/tasks/${story.dead}/requeue`, {}, 'blue')).status).toBe(404);
    expect((await open('/orchestration', 'operator')).body).toContain(story.runId);
  });

  it('take nothing that another site makes a browser send', async () => {
    const story = await storyOf('theirs');
    const path = `/orchestration/tasks/${story.dead}/requeue`;
    const foreign: Record<string, string>[] = [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
    ];
    for (const headers of foreign) expect((await post(path, {}, 'red', headers)).status).toBe(401);
    expect((await post(path, {}, 'red', { origin: replica.origin, 'sec-fetch-site': 'same-origin' })).status).toBe(303);
  });

  it('hold nothing that a text could become, and ask nobody else for anything', async () => {
    const texts = hostileTexts.filter((text) => /^[^\p{Cc}\p{Cs}]+$/u.test(text));
    const stories = [];
    for (const text of texts) stories.push(await storyOf(text));
    const paths = stories.map(({ runId }) => `/orchestration/runs/${runId}`);
    for (const path of ['/orchestration', '/orchestration/dead', ...paths]) {
      const { body, headers } = await open(path, 'red');
      expect(headers.get('content-security-policy')).toMatch(
        /^default-src 'none'; script-src 'self'; style-src 'self'/,
      );
      expect(body.match(/<script[^>]*>/g)).toEqual(['<script type="module" src="/orchestration/live.js">']);
      expect(body).not.toMatch(/<[^>]*\s(on\w+|style)=/i);
      expect(body.match(/(src|href|action)="(?!\/|#|data:,)/g)).toBeNull();
      expect(body).not.toMatch(/<(img|svg|b>|a href="javascript)/i);
    }
  });

  it('have a style and a script of their own', async () => {
    expect((await replica.send('/orchestration/style.css')).headers.get('content-type')).toMatch(/^text\/css/);
    expect((await replica.send('/orchestration/live.js')).headers.get('content-type')).toMatch(/^text\/javascript/);
  });
});

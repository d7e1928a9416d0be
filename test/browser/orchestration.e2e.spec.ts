import { readFileSync } from 'node:fs';
import { connectNats, openJetStreamLog } from '@multitask/event-log';
import { orchestrator } from '@multitask/orchestrator';
import { createLogger, startService, type RunningService } from '@multitask/platform';
import { createTestDatabase, startTestNats } from '@multitask/testing';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { describeInBrowser, launchBrowser } from './browser';
import { payloads } from './payloads';
import { arrived, visit, type Visit } from './visitor';

const token = 'operator-operator';

interface Claimed {
  readonly task: { readonly id: string; readonly metadata: object };
  readonly lease: { readonly id: string };
}

describeInBrowser('the pages of runs', () => {
  let origin: string;
  let browser: Browser;
  let service: RunningService;
  let close: () => Promise<unknown>;
  beforeAll(async () => {
    const [nats, database, started] = await Promise.all([
      startTestNats(),
      createTestDatabase({ empty: true }),
      launchBrowser(),
    ]);
    browser = started;
    close = () => Promise.all([nats.stop(), database.drop()]);
    const logger = createLogger('test', { level: 'silent', format: 'json' });
    const connection = await connectNats({ servers: nats.url, name: 'test', logger });
    await openJetStreamLog(connection, { replicas: 1, logger });
    await connection.close();
    service = await startService(
      orchestrator,
      {
        ...{ PORT: '0', OPS_PORT: '0', LOG_LEVEL: 'silent', ORCHESTRATION_SWEEP_MS: '100' },
        ...{ NATS_URL: nats.url, DATABASE_URL: database.url, OPERATOR_TOKEN: token },
      },
      { processMetrics: false },
    );
    origin = `http://127.0.0.1:${service.port}`;
  });
  afterAll(async () => {
    await browser?.close();
    await service?.close();
    await close?.();
  });

  async function call<T>(operation: string, input: object): Promise<T> {
    const answer = await fetch(`${origin}/v1/orchestration/${operation}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(input),
    });
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()) as T;
  }

  async function claim(kind: string) {
    const { claim: claimed } = await call<{ claim: Claimed }>('claim_next_task', {
      workerId: 'worker-1',
      kinds: [kind],
    });
    return { taskId: claimed.task.id, leaseId: claimed.lease.id, workerId: 'worker-1', task: claimed.task };
  }
  const word = async (operation: string, kind: string, more: object) => {
    const { task: _, ...triple } = await claim(kind);
    await call(operation, { ...triple, ...more });
  };

  /** One task done, one that asks, one that failed for good, one that waits for the first two; all of it says `text` where it can. */
  async function story(name: string, text: string): Promise<string> {
    const { run } = await call<{ run: { id: string } }>('create_run', { externalId: name, metadata: { text } });
    const kinds = Object.fromEntries(['read', 'ask', 'send', 'sum'].map((kind) => [kind, `${kind} of ${run.id}`]));
    const named = `read ${text.replace(/\p{Cc}/gu, ' ')}`.slice(0, 200);
    await call('enqueue_tasks', {
      runId: run.id,
      tasks: [
        { kind: kinds.read, key: named, input: { text } },
        { kind: kinds.ask, key: 'ask' },
        { kind: kinds.send, key: 'send' },
        { kind: kinds.sum, key: 'sum up', dependsOnKeys: [named, 'ask'] },
      ],
    });
    await word('complete_task', kinds.read!, { output: { answer: text } });
    await word('pause_task', kinds.ask!, { status: 'waiting_input', reason: `Which year? ${text}` });
    await word('fail_task', kinds.send!, { error: { name: 'SendError', message: text } });
    return run.id;
  }

  /** With the token given to the form, as a person does. */
  async function enter(path: string, options: BrowserContextOptions = {}): Promise<Visit> {
    const visitor = await visit(browser, `${origin}/orchestration`, options);
    const { page } = visitor;
    await page.getByLabel('Your token').fill(token);
    await page.getByRole('button', { name: 'Look' }).click();
    await page.getByRole('heading', { name: 'Runs' }).waitFor();
    if (path !== '') await page.goto(`${origin}/orchestration${path}`);
    return visitor;
  }

  const row = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name });

  it('show what happens without a reload: tasks, what they wait for, events, and take an answer and a requeue', async () => {
    const runId = await story('Capitals of 2024', 'plain');
    const { page, faults, outside, close: leave } = await enter('');
    await row(page, 'Capitals of 2024').getByRole('link').click();
    await page.getByRole('heading', { name: /Capitals of 2024/ }).waitFor();
    expect(await row(page, 'sum up').getByRole('link').allTextContents()).toEqual(['read plain', 'ask']);
    await page.getByText('task.dead_lettered').waitFor();

    // Somebody else adds a task: it comes by itself.
    await call('enqueue_task', { runId, kind: 'late', key: 'came later' });
    await row(page, 'came later').waitFor();

    await page.getByLabel(/Which year/).fill('2024 <b>');
    await page.getByRole('button', { name: 'Answer' }).click();
    await page.getByText('task.resumed').waitFor();
    expect((await claim(`ask of ${runId}`)).task.metadata).toEqual({ resume: '2024 <b>' });

    await page.getByRole('link', { name: 'Dead letters' }).click();
    await row(page, 'send').getByRole('button', { name: 'Requeue' }).click();
    await page.getByText('task.requeued_from_dlq').waitFor();
    expect([await faults(), outside]).toEqual([[], []]);
    await leave();
  });

  it('take nothing that anybody wrote for markup, a link or a script', async () => {
    const hostile = payloads.filter((text) => text.isWellFormed() && !text.includes('\0')).slice(0, 60);
    const runId = await story(
      hostile
        .slice(0, 3)
        .join(' ')
        .replace(/\p{Cc}/gu, ' '),
      hostile.join('\n').slice(0, 6_000),
    );
    const visitor = await enter('');
    for (const path of ['', `/runs/${runId}`, '/dead']) {
      await visitor.page.goto(`${origin}/orchestration${path}`);
      await visitor.page.locator('tbody tr').first().waitFor();
      expect(
        await visitor.page.locator('main :is(img, svg, iframe, script, video, object, embed, base, meta)').count(),
      ).toBe(0);
      expect([await visitor.faults(), visitor.outside]).toEqual([[], []]);
    }
    await visitor.close();
  });

  it('are usable by everybody: light, dark, on a phone', async () => {
    const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
    const runId = await story('For all', 'a long line of words that has to wrap somewhere '.repeat(8));
    const looks: BrowserContextOptions[] = [
      { colorScheme: 'light', bypassCSP: true },
      { colorScheme: 'dark', bypassCSP: true, viewport: { width: 390, height: 844 } },
    ];
    for (const look of looks) {
      const { page, close: leave } = await enter('', look);
      for (const path of ['', `/runs/${runId}`, '/dead']) {
        await page.goto(`${origin}/orchestration${path}`);
        await arrived(page);
        // Tables scroll by themselves, the page does not.
        expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
        await page.evaluate(axe);
        const run = `axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations.map((one) =>
          one.id + ': ' + one.nodes.map(({ html, failureSummary }) => html.slice(0, 120) + ' ' + failureSummary).join(' / ')))`;
        expect(await page.evaluate(run)).toEqual([]);
      }
      await leave();
    }
  });
});

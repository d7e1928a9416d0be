import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { eventually, jsonOutput, type GroupStory } from '@multitask/testing';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { describeInBrowser, launchBrowser } from './browser';
import { PageHouse } from './page.house';
import { arrived } from './visitor';

const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const payload = `"><img src=x onerror="globalThis.ran=true"><script>globalThis.ran=true</script>`;

const endless = 'with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n';

/** Five rows: three answered, one failed, one on its way; names and values that would like to be markup. */
function capitals(story: GroupStory): GroupStory {
  const spec = { title: `Capitals ${payload}`, processor: 'lite', output: { type: 'auto' as const }, ttl_days: 30 };
  const answers = [
    ['France', 'Paris', 2_102_650, 'high'],
    ['Japan', 'Tokyo', 14_094_034, 'low'],
    ['Peru', payload, 10_092_000, 'medium'],
  ] as const;
  story.created(
    [...answers.map(([country]) => ({ country, [payload]: 1 })), { country: 'Nowhere' }, { country: 'Kenya' }],
    {
      spec,
    },
  );
  story.bought([0, 1, 2, 3, 4]);
  for (const [row, [, capital, population, confidence]] of answers.entries()) {
    const citations = [{ url: `https://www.site${row % 2}.example/page`, title: payload, excerpts: [] }];
    const basis = [{ field: 'capital', reasoning: payload, confidence, citations }];
    story.reported(row, 'completed', { output: jsonOutput({ capital, population }, basis) });
  }
  return story.reported(3, 'failed', { error: 'No sources.' });
}

describeInBrowser('the studio', () => {
  let house: PageHouse;
  let browser: Browser;
  let story: GroupStory;
  let url: string;
  beforeAll(async () => {
    [house, browser] = await Promise.all([PageHouse.open(), launchBrowser()]);
    story = capitals(house.story());
    url = await house.tell(story);
  });
  afterAll(async () => {
    await browser?.close();
    await house?.close();
  });

  async function open(address = url, options: BrowserContextOptions = {}) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    const page = await context.newPage();
    page.setDefaultTimeout(90_000);
    const told = { faults: [] as string[], requests: [] as string[], files: [] as number[] };
    page.on('pageerror', (error) => told.faults.push(error.message));
    // A server that is too busy to answer one look is asked again, and the browser's complaint of it is no fault of the page.
    const isOfPage = (text: string) => !/^Failed to load resource: .* 503 /.test(text);
    page.on('console', (one) => one.type() === 'error' && isOfPage(one.text()) && told.faults.push(one.text()));
    page.on('request', (request) => told.requests.push(request.url()));
    page.on('response', (answer) => answer.url().endsWith('.sqlite') && told.files.push(answer.status()));
    await page.goto(`${address}.db`);
    await page.locator('#answer').waitFor();
    return { context, page, told };
  }

  async function ask(page: Page, sql: string): Promise<void> {
    await page.locator('#sql').fill(sql);
    await page.locator('#sql').press('Control+Enter');
  }

  const cells = (page: Page) =>
    page.evaluate(
      `[...document.querySelectorAll('.grid-body [role=row]')].map((row) => [...row.children].map((one) => one.textContent))`,
    );
  const shows = (page: Page, rows: unknown[][]) =>
    eventually(async () => isDeepStrictEqual(await cells(page), rows), { timeoutMs: 60_000 });

  test('given that the network is gone, when a join is asked and drawn, then both are answered', async () => {
    const { context, page, told } = await open();
    await context.setOffline(true);
    await ask(
      page,
      `select runs.country, basis.confidence, citations.url from runs
       join basis on basis."row" = runs."$row" join citations on citations."row" = runs."$row"
       where runs.capital <> 'Paris' order by runs.country`,
    );
    await shows(page, [
      ['Japan', 'low', 'https://www.site1.example/page'],
      ['Peru', 'medium', 'https://www.site0.example/page'],
    ]);
    await ask(page, 'select country, population from runs where population > 0 order by population desc');
    await page.locator('#tab-chart').click();
    const drawing = page.locator('svg.drawing');
    await drawing.waitFor();
    expect(await drawing.getAttribute('aria-label')).toBe(
      'population by country: Japan 14.1 M, Peru 10.1 M, France 2.1 M',
    );
    expect(await page.locator('svg.drawing rect').count()).toBe(3);
    // Before the network went, nothing was asked of anybody else.
    expect(told.requests.filter((request) => new URL(request).origin !== house.origin)).toEqual([]);
    await context.close();
  });

  test('given a group that goes on, when it changes, then the same question is answered anew from a file of then', async () => {
    const moving = capitals(house.story());
    const { context, page, told } = await open(await house.tell(moving));
    await ask(page, 'select "$status", count(*) from runs group by 1 order by 1');
    await shows(page, [
      ['completed', '3'],
      ['failed', '1'],
      ['queued', '1'],
    ]);
    await eventually(() => Promise.resolve(told.files.includes(304)), { timeoutMs: 60_000 });
    await house.tell(moving.completedRow(4, { capital: 'Nairobi' }).completed());
    await shows(page, [
      ['completed', '4'],
      ['failed', '1'],
    ]);
    // One for each of the two changes at most, and not one a look.
    expect(told.files.filter((status) => status === 200).length).toBeLessThanOrEqual(3);
    expect(await page.locator('#following').isHidden()).toBe(true);
    expect(told.faults).toEqual([]);
    await context.close();
  });

  test('given a question without an end, when it is stopped, then the next one is answered', async () => {
    const { context, page } = await open();
    await ask(page, endless);
    await page.locator('#stop').click();
    await page.locator('#run').waitFor();
    expect(await page.locator('#said').textContent()).toBe('Stopped.');
    await ask(page, 'select count(*) from runs');
    await shows(page, [['5']]);
    await ask(page, 'select word from nowhere');
    await page.locator('#said.fault', { hasText: 'no such table: nowhere' }).waitFor();
    await context.close();
  });

  test('given a stop, when one asks before SQLite is there again, then the question waits for the file', async () => {
    const { context, page, told } = await open();
    await ask(page, endless);
    await page.locator('#stop').waitFor();
    const [reached, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await context.route(/\/sqlite\.wasm$/, async (route) => {
      reached.resolve();
      await held.promise;
      await route.continue();
    });
    await page.locator('#stop').click();
    await reached.promise;
    await page.locator('#run').waitFor();
    await ask(page, 'select count(*) from runs');
    await page.locator('#said', { hasText: 'Running…' }).waitFor();
    held.resolve();
    await shows(page, [['5']]);
    expect(await page.locator('#said.fault').count()).toBe(0);
    expect(told.faults).toEqual([]);
    await context.close();
  });

  test('given markup in every name and value, when all is shown, then it is text', async () => {
    const { context, page, told } = await open();
    for (const example of await page.locator('#examples button').all()) await example.click();
    await page.locator('#tab-table').click();
    await ask(page, 'select * from runs');
    await page.locator('[role=columnheader]', { hasText: '<img' }).waitFor();
    await page.locator('#grid').press('End');
    await page.locator('#grid').press('Enter');
    await page.locator('#value[open]').waitFor();
    expect(await page.evaluate('globalThis.ran')).toBeUndefined();
    expect(told.faults).toEqual([]);
    await context.close();
  });

  test('given 100,000 rows of an answer, then only what is seen is drawn, to the last row; and all are saved', async () => {
    const { context, page } = await open();
    await ask(
      page,
      `with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000) select i, '=' || i as f from n`,
    );
    await page.locator('#said', { hasText: '100,000 rows' }).waitFor();
    await page.locator('#grid').press('Control+End');
    await page.locator('.current', { hasText: '=100000' }).waitFor();
    expect(await page.locator('.grid-body [role=row]').count()).toBeLessThan(80);
    await page.locator('#save summary').click();
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#save-csv').click()]);
    const lines = readFileSync(await download.path(), 'utf8')
      .trimEnd()
      .split('\r\n');
    expect([lines.length, lines[0], lines.at(-1)]).toEqual([100_001, '\uFEFFi,f', "100000,'=100000"]);
    await context.close();
  });

  test.each<[string, BrowserContextOptions]>([
    ['light', { colorScheme: 'light' }],
    ['dark, on a phone', { colorScheme: 'dark', viewport: { width: 390, height: 844 } }],
  ])('nobody stumbles: %s', async (_, options) => {
    const { context, page } = await open(url, options);
    for (const tab of ['table', 'chart']) {
      await page.locator(`#tab-${tab}`).click();
      await arrived(page);
      await page.evaluate(axe);
      const found = await page.evaluate(
        `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0].html))`,
      );
      expect(found).toEqual([]);
    }
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    await context.close();
  });
});

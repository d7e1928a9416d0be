import { readFileSync } from 'node:fs';
import { eventually, GroupStory } from '@multitask/testing';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { describeInBrowser, launchBrowser } from './browser';
import { PageHouse } from './page.house';
import { payloads } from './payloads';
import { lines, live, visit, type Visit } from './visitor';

const group = /\/tgrp_[0-9a-f]{32}$/;
const create = '**/v1beta/tasks/multitask';

describeInBrowser('the form', () => {
  let house: PageHouse;
  let browser: Browser;
  const visits: Visit[] = [];
  beforeAll(async () => {
    [house, browser] = await Promise.all([PageHouse.open(), launchBrowser()]);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await house?.close();
  });
  afterEach(async () => {
    for (const { close } of visits.splice(0)) await close();
  });

  const open = async (options: BrowserContextOptions = {}, path = '/'): Promise<Page & { visit: Visit }> => {
    const one = await visit(browser, house.origin + path, options);
    visits.push(one);
    if (options.javaScriptEnabled !== false) await one.page.locator('body.ready').waitFor();
    return Object.assign(one.page, { visit: one });
  };
  const harmless = async (page: Page & { visit: Visit }) => {
    expect(await page.visit.faults()).toEqual([]);
    expect(page.visit.outside).toEqual([]);
  };
  const begin = (page: Page) => page.getByRole('button', { name: 'Research every row' });
  const fault = (page: Page, field: string) => page.locator(`[data-field="${field}"] .fault`);
  const preview = async (page: Page) => (await page.locator('#preview').innerText()).replace(/\s+/g, ' ').trim();
  const stored = (page: Page) => page.evaluate<string>('JSON.stringify({ ...localStorage, ...sessionStorage })');

  it('works where no script runs: an order, a secret, a refusal', async () => {
    const page = await open({ javaScriptEnabled: false });
    expect(await page.getByRole('tab').count()).toBe(0);
    await page.locator('#inputs').fill('city\nOslo\nRome');
    await page.locator('#api_key').fill('a-key');
    await begin(page).click();
    await page.waitForURL(group);
    expect(await page.locator('tbody').innerText()).toContain('Oslo');
    await page.goBack();
    await page.locator('#api_key').fill('a-key');
    await page.locator('#webhook_url').fill('https://hooks.example.com/x');
    await begin(page).click();
    expect(await page.locator('.secret').innerText()).toMatch(/^whsec_/);
    await page.getByRole('link', { name: 'To the live result' }).click();
    await page.waitForURL(group);
    await page.goto(house.origin);
    await page.locator('#api_key').fill('a-key');
    await page.locator('#ttl_days').fill('400');
    await begin(page).click();
    expect(await page.locator('main').innerText()).toContain('ttl_days must be at most 90');
    await page.goBack();
    await page.locator('#followers_key').fill('a-key');
    await page.locator('#followed').fill(`tgrp_${'0'.repeat(32)}`);
    await page.getByRole('button', { name: 'Follow it' }).click();
    expect(await page.locator('main').innerText()).toContain('group_not_found');
    await harmless(page);
  });

  it('leads from pasted rows over suggested fields to the live result; a secret is shown once', async () => {
    const page = await open();
    await page.locator('#inputs').fill('[{"city": "Oslo", "note": "a|b"}, {"city": "Rome"}]');
    await eventually(async () => (await preview(page)).startsWith('2 rows 2 columns JSON'));
    expect(await preview(page)).toContain('1 Oslo a|b 2 Rome');
    await page.locator('#output_description').fill('mayor and number of inhabitants');
    await page.getByRole('button', { name: 'Suggest fields' }).click();
    expect(await fault(page, 'api_key').innerText()).toContain('enter your key first');
    await page.locator('#api_key').fill('the-owners-key');
    await page.getByRole('button', { name: 'Suggest fields' }).click();
    await page.getByText('2 fields suggested').waitFor();
    const names = await page.evaluate<string[]>(
      `[...document.querySelectorAll('.schema-field .name')].map((one) => one.value)`,
    );
    expect(names).toEqual(['mayor', 'number_of_inhabitants']);
    await page.getByLabel('Name of field 2').fill('people');
    await page.getByRole('button', { name: 'Add a field' }).click();
    await page.getByLabel('Name of field 3').fill('river');
    await page.getByText('The schema has 3 fields; lite answers about 2 well.').waitFor();
    await page.locator('[data-processor=base]').click();
    await page.getByText('The schema has 3 fields').waitFor({ state: 'detached' });
    expect((await page.locator('#sum').innerText()).replace(/\s+/g, ' ')).toMatch(
      /Rows 2 Processor base .*Estimate \$0\.02/,
    );
    await page.locator('#webhook_url').fill('https://hooks.example.com/x');
    await begin(page).click();
    const created = page.locator('#created');
    await created.getByText('shown this once').waitFor();
    const secret = await page.locator('#secret').innerText();
    expect(secret).toMatch(/^whsec_/);
    expect(await stored(page)).not.toMatch(/whsec_|the-owners-key/);
    // The rows fill while one looks on.
    const href = (await page.getByRole('link', { name: 'Open the live result' }).getAttribute('href'))!;
    const id = href.slice(1);
    const story = new GroupStory(id).created(['', '']).bought([0, 1]);
    story.completedRow(0, { mayor: 'Anne', people: 1, river: 'Akerselva' });
    await house.append(id, story.events.slice(2));
    await created.getByText('1 of 2 rows done.').waitFor();
    expect(await created.locator('tbody').innerText()).toContain('Akerselva');
    const links = await page.evaluate<string[]>(`[...document.querySelectorAll('.formats a')].map((one) => one.href)`);
    expect(links.map((link) => link.split('.').at(-1))).toEqual([
      ...['json', 'csv', 'ndjson', 'md', 'html', 'sse', 'db', 'sqlite'],
    ]);
    expect(await created.locator('.formats a:not([target=_blank])').count()).toBe(0);
    for (const link of links.slice(0, 5)) expect((await fetch(link)).status).toBe(200);
    await page.getByRole('button', { name: 'Start another' }).click();
    expect(await page.content()).not.toContain(secret);
    expect(await page.locator('#webhook_url').inputValue()).toBe('https://hooks.example.com/x');
    await page.locator('#recent').getByRole('link', { name: 'Mayor and number of inhabitants' }).click();
    await page.waitForURL(group);
    await live(page);
    await eventually(async () => (await lines(page))[0]!.includes('Akerselva'));
    await harmless(page);
  });

  it('previews files and links, and says what is wrong with them', async () => {
    const page = await open();
    await page.getByRole('tab', { name: 'File' }).click();
    const rows = Array.from({ length: 20_000 }, (_, i) => `Land-${i};${i}`).join('\n');
    await page
      .locator('#file')
      .setInputFiles({ name: 'countries.csv', mimeType: 'text/csv', buffer: Buffer.from(`country;rank\n${rows}`) });
    await eventually(async () => (await preview(page)).startsWith('20,000 rows 2 columns CSV the first 5 below'));
    await eventually(async () => (await page.locator('#sum').innerText()).includes('$100.00'));
    const drop = `(() => { const transfer = new DataTransfer();
      transfer.items.add(new File(['{"a": 1}\\n{"a": }'], 'dropped.ndjson'));
      for (const type of ['dragover', 'drop'])
        document.querySelector('#source-file').dispatchEvent(new DragEvent(type, { dataTransfer: transfer, bubbles: true, cancelable: true })); })()`;
    await page.evaluate(drop);
    await page.locator('#drop-title', { hasText: 'dropped.ndjson' }).waitFor();
    await eventually(async () => (await preview(page)).includes('Row 2 is not valid JSON'));
    await page
      .locator('#file')
      .setInputFiles({ name: 'x.csv', mimeType: '', buffer: Buffer.from([0xff, 0xfe, 0x61, 0x00]) });
    await eventually(async () => (await preview(page)).includes('cannot be read as text in UTF-8'));
    // A link that is pasted is a link; a page may not fetch it, the service may not everywhere.
    await page.getByRole('tab', { name: 'Paste' }).click();
    await page.locator('#inputs').fill(`${house.origin}/rows.csv`);
    await page.locator('#link').waitFor();
    await page.getByRole('button', { name: 'Look' }).click();
    await fault(page, 'inputs').filter({ hasText: /\S/ }).waitFor();
    await page.route('**/*dry_run=true', (route) =>
      route.fulfill({ json: { preview: [{ a: 'from afar' }], num_inputs: 7, warnings: [] } }),
    );
    await page.getByRole('button', { name: 'Look' }).click();
    await eventually(async () => (await preview(page)).startsWith('7 rows 1 column'));
    expect(await preview(page)).toContain('from afar');
    await harmless(page);
  });

  it('tells each fault beside its field, as one types and as the service answers', async () => {
    const page = await open();
    await page.locator('#ttl_days').fill('400');
    await page.locator('#max_cost_usd').fill('0.001');
    await page.locator('#title').focus();
    await fault(page, 'ttl_days').getByText('1 to 90 days').waitFor();
    await fault(page, 'max_cost_usd').getByText('The estimate is $0.015').waitFor();
    await begin(page).click();
    expect(await fault(page, 'api_key').innerText()).toContain('Enter your Parallel API key');
    expect(await page.evaluate<string>('document.activeElement.id')).toBe('api_key');
    await page.locator('#api_key').fill('a-key');
    await page.locator('#step-options summary').last().click();
    await page.locator('#mcp_servers').fill('[{"name": "", "url": "x"}]');
    await page.locator('#memory_scope_key').fill('two words');
    await page.locator('#step-options summary').last().click();
    await begin(page).click();
    await fault(page, 'mcp_servers').getByText('mcp_servers[0].name must not be empty').waitFor();
    expect(await page.locator('#mcp_servers').getAttribute('aria-invalid')).toBe('true');
    expect(await page.locator('#alert').innerText()).toContain('3 fields are marked');
    expect(await page.evaluate<boolean>(`document.activeElement.getAttribute('aria-invalid') === 'true'`)).toBe(true);
    // What was said is taken back where it is mended, and there alone.
    await page.locator('#mcp_servers').fill('');
    expect(await fault(page, 'mcp_servers').isVisible()).toBe(false);
    expect(await fault(page, 'memory_scope_key').isVisible()).toBe(true);
    await page.locator('#memory_scope_key').fill('');
    await page.locator('#ttl_days').fill('');
    await begin(page).click();
    await fault(page, 'max_cost_usd').getByText('above max_cost_usd').waitFor();
    await page.locator('#max_cost_usd').fill('1');
    await page.locator('#inputs').fill('[{"a": 1}, {}]');
    await begin(page).click();
    await fault(page, 'inputs').getByText('Row 2 is an empty object').waitFor();
    await page.locator('#inputs').fill('a\n1');
    // A group that is there is followed: nothing is asked of it, and nothing is bought.
    await page.getByRole('tab', { name: 'Follow' }).click();
    expect(await page.locator('#step-task').isVisible()).toBe(false);
    expect(await page.locator('#sum').innerText()).toContain('nothing');
    await page.locator('#taskgroup_id').fill('tgrp_x');
    await page.getByRole('button', { name: 'Follow this group' }).click();
    await fault(page, 'taskgroup_id').getByText('Must be the id of a task group').waitFor();
    await page.getByRole('tab', { name: 'Paste' }).click();
    // An answer that is lost is asked for again under the same name: it is placed once.
    const names: (string | null)[] = [];
    await page.route(create, async (route) => {
      names.push(await route.request().headerValue('idempotency-key'));
      if (names.length === 1) return route.abort();
      return route.fallback();
    });
    await begin(page).click();
    await page.locator('#alert').getByText('does not answer at the moment').waitFor();
    await begin(page).click();
    await page.getByRole('link', { name: 'Open the live result' }).waitFor();
    expect(names[0]).toMatch(/^\w+-\w+/);
    expect(names[1]).toBe(names[0]);
    await harmless(page);
  });

  it('runs none of a hundred attacks in rows, names, suggestions, refusals and what is kept', async () => {
    const page = await open();
    const rows = payloads.map((text, i) => ({ [i < 20 ? text || 'x' : 'given']: text }));
    await page.locator('#inputs').fill(JSON.stringify(rows));
    await eventually(async () => (await preview(page)).startsWith(`${payloads.length} rows`));
    for (const text of payloads.slice(0, 4)) {
      await page.getByRole('tab', { name: 'File' }).click();
      await page.locator('#file').setInputFiles({
        name: text.replaceAll(/[/\0\r\n]/g, '_').slice(0, 90) || 'x',
        mimeType: '',
        buffer: Buffer.from(JSON.stringify([{ [text || 'x']: text }])),
      });
      await eventually(async () => (await preview(page)).startsWith('1 row'));
    }
    await page.locator('#api_key').fill('a-key');
    const properties = Object.fromEntries(payloads.map((text) => [text, { type: 'string', description: text }]));
    const output_schema = { type: 'object', properties, required: payloads, additionalProperties: false };
    const warnings = payloads.map((message) => ({ code: message, message }));
    await page.route('**/*dry_run=true', (route) =>
      route.fulfill({ json: { preview: [], num_inputs: 1, processor: payloads[0], output_schema, warnings } }),
    );
    await page.getByRole('button', { name: 'Suggest fields' }).click();
    await page.locator('#suggested', { hasText: 'suggested' }).waitFor();
    expect(await page.locator('.schema-field').count()).toBe(new Set(payloads).size);
    const errors = payloads.map((text, i) => ({ field: i % 3 ? text : 'inputs', message: text }));
    let answer: object = { title: payloads[0], detail: payloads[1], code: payloads[2], errors };
    await page.route(create, (route) => route.fulfill({ status: 'url' in answer ? 201 : 400, json: answer }));
    await begin(page).click();
    await page.locator('#alert:not([hidden])').waitFor();
    const taskgroup_id = `tgrp_${'0'.repeat(32)}`;
    const text = payloads[3]!;
    answer = { url: text, taskgroup_id, num_inputs: 1, processor: text, title: text, warnings, webhook_secret: text };
    await page.route(`**/${taskgroup_id}.json*`, (route) =>
      route.fulfill({
        json: {
          status: { num_task_runs: 1, is_active: true, status_message: text, task_run_status_counts: { [text]: 1 } },
          results: payloads.map((value) => ({ $id: value, $status: value, [value]: value })),
        },
      }),
    );
    await begin(page).click();
    await page.locator('#created tbody tr').last().waitFor();
    const kept = payloads.map((title, i) => ({ id: `tgrp_${i}`, title, rows: 1, at: 1 }));
    await page.evaluate(`localStorage.setItem('multitask.recent', ${JSON.stringify(JSON.stringify(kept))})`);
    await page.reload();
    await page.locator('#recent li').last().waitFor();
    const markup = `[...document.querySelectorAll('main *')].flatMap((element) => [...element.attributes].map(({ name, value }) => [element.tagName, name, value]))
      .filter(([tag, name, value]) => /^on|^srcdoc$|^style$/.test(name) || /^(href|src|action)$/.test(name) && /^\\s*(javascript|data|vbscript):/i.test(value) || /^(IFRAME|OBJECT|EMBED|BASE|IMG|VIDEO|AUDIO)$/.test(tag))`;
    expect(await page.evaluate(markup)).toEqual([]);
    await harmless(page);
  });

  it('would notice it: text that becomes markup is a fault of the policy', async () => {
    const page = await open();
    await page.evaluate(`try { document.querySelector('.hero p').innerHTML = '<b>x</b>' } catch {}`);
    await eventually(async () => (await page.visit.faults()).some((one) => one.startsWith('policy:')));
  });

  it('keeps what was started in this browser alone, until it is forgotten; the key only where asked', async () => {
    const page = await open({}, '/?apiKey=from-the-address&x=1');
    expect(new URL(page.url()).search).toBe('?x=1');
    expect(await page.locator('#api_key').inputValue()).toBe('from-the-address');
    expect(await stored(page)).toBe('{}');
    const begun = async () => {
      await begin(page).click();
      await page.getByRole('button', { name: 'Start another' }).click();
    };
    await page.locator('#title').fill('First');
    await begun();
    await page.locator('#title').fill('Second');
    await begun();
    expect(await stored(page)).not.toContain('from-the-address');
    await page.getByLabel('Remember it in this browser').check();
    expect(await stored(page)).toContain('from-the-address');
    await page.goto(house.origin);
    const titles = () => page.locator('#recent li a').allTextContents();
    expect(await titles()).toEqual(['Second', 'First']);
    expect(await page.locator('#api_key').inputValue()).toBe('from-the-address');
    await page.locator('#recent').getByText('0 of 3 rows, running').first().waitFor();
    await page.getByLabel('Remember it in this browser').uncheck();
    await page.getByRole('button', { name: 'Forget First' }).click();
    expect(await titles()).toEqual(['Second']);
    await page.getByRole('button', { name: 'Forget all' }).click();
    expect(await page.locator('#recent').isVisible()).toBe(false);
    expect(await stored(page)).toBe('{}');
    await harmless(page);
  });

  it('can be used by keys alone', async () => {
    const page = await open();
    const focused = () => page.evaluate<string>('document.activeElement.id');
    await page.keyboard.press('Tab');
    expect(await page.evaluate<string>('document.activeElement.className')).toBe('skip');
    const seen: string[] = [];
    for (let i = 0; i < 60 && !seen.includes('go'); i++) {
      await page.keyboard.press('Tab');
      seen.push(await focused());
      if (seen.at(-1) === 'api_key') await page.keyboard.type('a-key');
    }
    for (const id of [
      'inputs',
      'output_description',
      'suggest',
      'title',
      'webhook_url',
      'max_cost_usd',
      'api_key',
      'go',
    ])
      expect(seen).toContain(id);
    await page.locator('#tab-paste').focus();
    await page.keyboard.press('ArrowRight');
    expect([await focused(), await page.locator('#source-file').isVisible()]).toEqual(['tab-file', true]);
    await page.keyboard.press('ArrowLeft');
    await page.locator('#go').focus();
    await page.keyboard.press('Enter');
    await page.locator('#created:not([hidden])').waitFor();
    expect(await focused()).toBe('created-title');
    await harmless(page);
  });

  it('has nothing a screen reader would stumble over, follows the reader’s colours and fits a phone', async () => {
    const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
    const stumbles = async (page: Page) => {
      await page.evaluate(axe);
      const run = `axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations.map((one) =>
        one.id + ': ' + one.nodes.map(({ html, failureSummary }) => html.slice(0, 120) + ' ' + failureSummary).join(' / ')))`;
      return page.evaluate<string[]>(run);
    };
    const brightness: number[] = [];
    for (const [colorScheme, width] of [
      ['light', 390],
      ['dark', 1280],
    ] as const) {
      const page = await open({ colorScheme, viewport: { width, height: 844 }, bypassCSP: true });
      const wide = () => page.evaluate<number>('document.documentElement.scrollWidth');
      await page.evaluate(`for (const one of document.querySelectorAll('details')) one.open = true`);
      await page
        .locator('#output_schema')
        .fill(
          '{"type": "object", "properties": {"a": {"type": "text"}}, "required": ["a"], "additionalProperties": false}',
        );
      await page.getByText('“a.type” cannot be').waitFor();
      await page.getByRole('button', { name: 'Forget these fields' }).click();
      await page.getByLabel('Name of field 1').fill('capital');
      await page.locator('#ttl_days').fill('0');
      await begin(page).click();
      await page.locator('#alert:not([hidden])').waitFor();
      expect(await stumbles(page)).toEqual([]);
      expect(await wide()).toBeLessThanOrEqual(width);
      await page.locator('#ttl_days').fill('');
      await page.locator('#webhook_url').fill('https://hooks.example.com/x');
      await page.locator('#api_key').fill('a-key');
      await begin(page).click();
      await page.locator('#created tbody tr').first().waitFor();
      expect(await stumbles(page)).toEqual([]);
      expect(await wide()).toBeLessThanOrEqual(width);
      const colour = await page.evaluate<string>('getComputedStyle(document.documentElement).backgroundColor');
      brightness.push(Number(/\d+/.exec(colour)![0]));
    }
    expect(brightness[0]).toBeGreaterThan(200);
    expect(brightness[1]).toBeLessThan(60);
  });
});

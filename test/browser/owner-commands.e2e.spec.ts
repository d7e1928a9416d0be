import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { event } from '@multitask/contracts';
import { eventually, GroupStory } from '@multitask/testing';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { describeInBrowser, launchBrowser } from './browser';
import { PageHouse } from './page.house';
import { payloads } from './payloads';
import { arrived, lines, live, visit, type Visit } from './visitor';

const ownKey = 'the-owners-key';
const axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const countries = ['France', 'Japan', 'Kenya', 'Peru'];

/** What would run if the text of a document were taken for markup, between what a document is made of. */
const report = [
  '# Report',
  'See **this** [link](javascript:alert(1)) and [that](https://example.com/x).',
  ...payloads,
].join('\n\n');

describeInBrowser('the owner of a group', () => {
  let house: PageHouse;
  let browser: Browser;
  let sink: Server;
  const hooks: string[] = [];
  const visits: Visit[] = [];
  beforeAll(async () => {
    sink = createServer((request, response) => {
      hooks.push(String(request.headers['webhook-id']));
      response.end();
    }).listen(0, '127.0.0.1');
    [house, browser] = await Promise.all([PageHouse.open({ notifies: true }), launchBrowser()]);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await house?.close();
    sink?.closeAllConnections();
    sink?.close();
  });
  afterEach(async () => {
    for (const { close } of visits.splice(0)) await close();
  });

  /** A group of this owner: an answer, a failure, one that runs, one that waits. `tell` says more of it, behind what the log has. */
  async function ownGroup(spec: object = {}) {
    const inputs = countries.map((country) => ({ country }));
    const { port } = sink.address() as AddressInfo;
    const webhook_url = `http://127.0.0.1:${port}/hook`;
    const id = await house.create(ownKey, { inputs, output_type: 'text', processor: 'lite', webhook_url, ...spec });
    const story = new GroupStory(id).created(inputs).bought([0, 1, 2]);
    story.reported(0, 'completed', { output: { type: 'text', content: report, basis: [] } });
    story.reported(1, 'failed', { error: 'It was night.' }).reported(2, 'running');
    // The first two facts are those that the creation wrote.
    let told = 2;
    const tell = async () => {
      await house.append(id, story.events.slice(told));
      told = story.events.length;
    };
    await tell();
    return { id, story, tell, url: `${house.origin}/${id}` };
  }
  const open = async (url: string, options: BrowserContextOptions = {}): Promise<Page & { visit: Visit }> => {
    const one = await visit(browser, url, options);
    visits.push(one);
    return Object.assign(one.page, { visit: one });
  };
  const enter = async (page: Page, key: string) => {
    await page.locator('#owner-key').fill(key);
    await page.locator('#owner').getByRole('button', { name: 'Open' }).click();
  };
  const manage = async (url: string, options: BrowserContextOptions = {}) => {
    const page = await open(url, options);
    await live(page);
    await page.locator('#manage').click();
    await enter(page, ownKey);
    await page.getByRole('tab', { name: 'Rows' }).waitFor();
    return page;
  };
  const said = (page: Page, text: string | RegExp) => page.locator('#owner .said', { hasText: text }).waitFor();
  const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).last();
  const harmless = async (page: Page & { visit: Visit }) => {
    expect(await page.visit.faults()).toEqual([]);
    expect(page.visit.outside).toEqual([]);
  };
  const stumbles = async (page: Page) => {
    await arrived(page);
    await page.evaluate(axe);
    return page.evaluate<string[]>(`axe.run({ resultTypes: ['violations'] }).then(({ violations }) =>
      violations.map((one) => one.id + ': ' + one.nodes.map(({ html, failureSummary }) => html.slice(0, 120) + failureSummary).join(' / ')))`);
  };

  it('is known by the key alone: without it there is nothing but where to enter it, and it is kept nowhere', async () => {
    const { url } = await ownGroup();
    const page = await open(url);
    await live(page);
    expect(await page.locator('#owner').isVisible()).toBe(false);
    await page.locator('#manage').click();
    const drawer = page.locator('#owner');
    expect(await drawer.locator('input, textarea, select, [role=tab]').count()).toBe(1);
    await enter(page, ' ');
    expect(await page.locator('#owner-fault').innerText()).toContain('Enter the API key');
    await enter(page, 'somebody-elses-key');
    await drawer.getByText('This key neither created the group').waitFor();
    expect(await drawer.locator('[role=tab]').count()).toBe(0);
    await enter(page, ownKey);
    await drawer.getByRole('tab', { name: 'Rows' }).waitFor();
    expect(
      await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])'),
    ).not.toContain(ownKey);
    expect(await page.content()).not.toContain(ownKey);
    await button(page, 'Forget the key').click();
    await page.locator('#owner-key').waitFor();
    expect([await page.locator('#owner-key').inputValue(), await drawer.locator('[role=tab]').count()]).toEqual([
      '',
      0,
    ]);
    await page.keyboard.press('Escape');
    expect(await drawer.isVisible()).toBe(false);
    await harmless(page);
    // Where nobody needs a key the owner is let in without one, unless the group was made with one: then it is asked for.
    await page.goto(await house.tell(house.story().created(countries, { upstream: 'emulator' })));
    await live(page);
    await page.locator('#manage').click();
    await page.locator('#owner-key').waitFor();
    expect(await page.locator('#owner-fault').isVisible()).toBe(false);
  });

  it('adds rows, retries in place, cancels what waits, and is told why something cannot be', async () => {
    const { id, url } = await ownGroup();
    const page = await manage(url);
    const fault = page.locator('#append-fault:not([hidden])');
    await button(page, 'Add rows').click();
    await fault.getByText('Paste rows, or choose a file.').waitFor();
    await page.locator('#append-text').fill('[{"country": "Chad"');
    await button(page, 'Add rows').click();
    await fault.getByText(/inputs/).waitFor();
    await page.locator('#append-text').fill('country\nChad\nCuba');
    await page.locator('#append-most').fill('0.001');
    await button(page, 'Add rows').click();
    await fault.getByText(/0\.001/).waitFor();
    await page.locator('#append-most').fill('');
    // The answer is lost on its way: the rows are there, and the next try does not bring them once more.
    await page.context().route(
      '**/runs',
      async (route) => {
        await route.fetch();
        await route.abort();
      },
      { times: 1 },
    );
    await button(page, 'Add rows').click();
    await fault.getByText('does not answer').waitFor();
    await button(page, 'Add rows').click();
    await said(page, '2 rows added for $0.01.');
    await page
      .locator('#append-file')
      .setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer: Buffer.from('[{"country":"Mali"}]') });
    await button(page, 'Add rows').click();
    await said(page, '1 row added');
    await eventually(async () => (await lines(page)).length === 7);

    await button(page, /^Retry 1 row…/).click();
    // The key is known by now.
    const dialog = page.locator('dialog.ask[open]');
    expect(await dialog.locator('input').isVisible()).toBe(false);
    await dialog.getByRole('button', { name: 'Retry' }).click();
    await eventually(async () => (await lines(page))[1]!.startsWith('queued|Japan'));

    await button(page, 'Cancel what waits…').click();
    expect(await page.locator('.points').innerText()).toMatch(
      /5 rows that wait .*not be bought[^]*1 row under way goes on/,
    );
    await page.keyboard.press('Enter');
    await dialog.waitFor({ state: 'hidden' });
    expect((await lines(page)).filter((line) => line.startsWith('cancelled'))).toEqual([]);
    await button(page, 'Cancel what waits…').click();
    await button(page, 'Cancel them').click();
    await said(page, /cancelled/);
    await dialog.waitFor({ state: 'hidden' });
    await eventually(async () => (await lines(page)).filter((line) => line.startsWith('cancelled')).length === 5);

    // Both runs of the row, once there are two.
    await page.keyboard.press('Escape');
    const again = new GroupStory(id)
      .created(countries.map(() => ''))
      .bought([1], 2)
      .completedRow(1, { output: 'Tokyo' }, 2);
    await house.append(id, again.events.slice(2));
    await page.locator('tr[data-row="1"]', { hasText: 'Tokyo' }).locator('.status').click();
    await page.locator('#panel .earlier', { hasText: 'It was night.' }).waitFor();
    await harmless(page);
  });

  it('sees what became of the webhook and has it sent again, under the same id', async () => {
    const { id, story, tell, url } = await ownGroup({ title: 'Hooked' });
    const page = await manage(url);
    await page.getByRole('tab', { name: 'Webhook' }).click();
    await page.locator('#owner').getByText('is told when every row is done').waitFor();
    story.completedRow(2, { output: 'x' }).bought([3]).completedRow(3, { output: 'y' }).completed();
    await tell();
    await eventually(() => hooks.includes(`${id}.1`));
    // Looked at again by coming back to it.
    await page.getByRole('tab', { name: 'Rows' }).click();
    await page.getByRole('tab', { name: 'Webhook' }).click();
    await page.locator('.deliveries .completed', { hasText: 'answered 200' }).first().waitFor();
    const before = hooks.filter((name) => name === `${id}.1`).length;
    await button(page, 'Deliver completion 1 again').click();
    await said(page, 'is delivered again, under the same webhook-id');
    await eventually(() => hooks.filter((name) => name === `${id}.1`).length === before + 1);
    await eventually(async () => (await page.locator('.attempts li').count()) === 2);
    expect(await page.locator('#owner').innerText()).not.toContain('/hook');
    await harmless(page);
  });

  it('reads log, deliveries and texts that are attacks, and none of them runs', async () => {
    const { story, tell, url } = await ownGroup({ title: payloads[0]! });
    for (const [i, text] of payloads.entries()) {
      const next_try_at = new Date().toISOString();
      if (i % 2) story.record(event('GroupBlocked', { reason: 'credit', message: text, next_try_at, tries: 1 }));
      else story.rejected(3, text);
    }
    const failed = { generation: 1, status: null, delivered: false, next_try_at: null };
    for (const [i, error] of payloads.slice(0, 20).entries())
      story.record(event('WebhookAttempted', { ...failed, attempt: i + 1, error }));
    story.reported(2, 'failed', { error: 'Enough.' }).completed();
    await tell();
    const page = await manage(url);
    await page.getByRole('tab', { name: 'Log' }).click();
    await page.locator('.journal li').nth(99).waitFor();
    await button(page, 'Read on').click();
    await page.getByText(/^All \d+ events so far/).waitFor();
    await page.evaluate(`for (const one of document.querySelectorAll('.journal details')) one.open = true`);
    expect(await page.locator('.journal li').count()).toBeGreaterThan(payloads.length);
    await page.getByRole('tab', { name: 'Webhook' }).click();
    await page
      .locator('.attempts li', { hasText: payloads[0]!.slice(0, 20).trim() })
      .first()
      .waitFor();
    await page.keyboard.press('Escape');
    await page.locator('tr[data-row="0"] .status').click();
    const document = page.locator('#panel .document');
    expect(await document.locator('h4').first().innerText()).toBe('Report');
    expect(await document.locator('strong').first().innerText()).toBe('this');
    const addresses = await document
      .locator('a')
      .evaluateAll((links) => links.map((link) => link.getAttribute('href')));
    expect(addresses).toContain('https://example.com/x');
    expect(addresses.filter((address) => !/^https?:/.test(address!))).toEqual([]);
    const markup = 'img, svg, script, iframe, form, style, [onerror], [onload]';
    expect(await document.locator(markup).count()).toBe(0);
    await harmless(page);
    // On its own page it is the same document, without a script.
    await page.goto(`${url}/runs/${story.runId(0)}`);
    expect(await page.locator('.document h3').first().innerText()).toBe('Report');
    expect(await page.locator('.document a').count()).toBe(addresses.length);
    expect(await page.locator('.document').locator(markup).count()).toBe(0);
    await harmless(page);
  });

  it('deletes the group after a word on what is lost, and the page says that it is gone', async () => {
    const { id, url } = await ownGroup();
    const page = await manage(url);
    await button(page, 'Delete this group…').click();
    const points = await page.locator('.points').innerText();
    expect(points).toContain('4 rows with 1 answer');
    expect(points).toContain('1 row under way is charged all the same');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Keep it');
    await page.context().route(`**/multitask/${id}`, (route) => route.abort(), { times: 1 });
    await button(page, 'Delete 4 rows').click();
    await page.locator('dialog.ask .fault', { hasText: 'does not answer' }).waitFor();
    expect((await fetch(`${url}/status`)).status).toBe(200);
    await button(page, 'Delete 4 rows').click();
    await page.locator('body.gone').waitFor();
    expect(await page.locator('#lost').innerText()).toContain('This group was deleted by its owner.');
    expect(await page.locator('dialog[open]').count()).toBe(0);
    expect(await page.locator('#manage').isVisible()).toBe(false);
    expect((await fetch(url)).status).toBe(410);
    await harmless(page);
  });

  it('finds all groups of a key again', async () => {
    const { id } = await ownGroup({ title: 'Findable <b>one</b>' });
    const missing: string[] = [];
    const page = await open(`${house.origin}/groups`, { viewport: { width: 390, height: 844 }, bypassCSP: true });
    page.on('response', (answer) => answer.status() >= 400 && missing.push(answer.url()));
    await page.reload();
    await page.getByRole('button', { name: 'Show my groups' }).click();
    await page.getByText('Enter the API key the groups were made with.').waitFor();
    await page.locator('#key').fill('a-key-of-nobody');
    await page.keyboard.press('Enter');
    await page.getByText('No group was made with this key').waitFor();
    await page.locator('#key').fill(ownKey);
    await page.keyboard.press('Enter');
    const link = page.getByRole('link', { name: 'Findable <b>one</b>' });
    await link.waitFor();
    expect(await link.getAttribute('href')).toBe(`/${id}`);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390);
    expect(await stumbles(page)).toEqual([]);
    expect(missing).toEqual([]);
    await harmless(page);
    // A key that the form was asked to keep is not asked for again, here and on the page of a group, until it is forgotten.
    await page.evaluate(`localStorage.setItem('multitask.key', '${ownKey}')`);
    await page.reload();
    await link.click();
    await live(page);
    await page.locator('#manage').click();
    await page.getByRole('tab', { name: 'Rows' }).waitFor();
    await button(page, 'Forget the key').click();
    await page.locator('#owner-key').waitFor();
    expect(await page.evaluate('localStorage.length')).toBe(0);
  });

  it.each<[string, BrowserContextOptions]>([
    ['light', { colorScheme: 'light' }],
    ['dark, on a phone', { colorScheme: 'dark', viewport: { width: 390, height: 844 } }],
  ])('stumbles over nothing, and needs no mouse: %s', async (_name, options) => {
    const { url } = await ownGroup();
    const page = await open(url, { ...options, bypassCSP: true });
    await live(page);
    await page.locator('#manage').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.type('no');
    await page.keyboard.press('Enter');
    await page.locator('#owner-fault:not([hidden])').waitFor();
    expect(await stumbles(page)).toEqual([]);
    await page.locator('#owner-key').fill(ownKey);
    await page.keyboard.press('Enter');
    for (const name of ['Rows', 'Webhook', 'Log']) {
      await page.getByRole('tab', { name, selected: true }).waitFor();
      if (name === 'Log') await page.locator('.journal li').first().waitFor();
      expect(await stumbles(page)).toEqual([]);
      await page.keyboard.press('ArrowRight');
    }
    await page.getByRole('tab', { name: 'Rows', selected: true }).waitFor();
    await button(page, 'Delete this group…').focus();
    await page.keyboard.press('Enter');
    expect(await stumbles(page)).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
  });

  it('is told when the upstream cannot say whose key it is', async () => {
    const { url } = await ownGroup();
    await house.stopUpstream();
    const page = await open(url);
    await live(page);
    await page.locator('#manage').click();
    await enter(page, 'a-colleagues-key');
    await page.locator('#owner-fault', { hasText: 'Parallel could not be asked' }).waitFor();
    await enter(page, ownKey);
    await page.getByRole('tab', { name: 'Rows' }).waitFor();
  });
});

import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';

export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What must never happen on a page: code of others that ran, a forbidden thing that was tried, a fault of our own script. */
  faults(): Promise<string[]>;
  /** Addresses outside the origin that were asked for. */
  readonly outside: readonly string[];
  close(): Promise<void>;
}

/** Told before any script of the page: whatever runs as part of somebody's text would call `alert`. */
const watch = `
  globalThis.faults = [];
  globalThis.alert = (text) => faults.push('alert(' + text + ')');
  addEventListener('securitypolicyviolation', (event) =>
    faults.push('policy: ' + event.violatedDirective + ' ' + event.blockedURI + ' ' + event.sample));
`;

/** Opens a page in a context of its own, and notes what goes wrong on it. */
export async function visit(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  await context.addInitScript({ content: watch });
  const page = await context.newPage();
  const faults: string[] = [];
  const outside: string[] = [];
  let cut = false;
  page.on('pageerror', (error) => faults.push(error.stack ?? error.message));
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (/^https?:/.test(request.url()) && new URL(request.url()).origin !== new URL(url).origin)
      outside.push(request.url());
  });
  page.on('requestfailed', (request) => (cut ||= request.failure()?.errorText === 'net::ERR_NETWORK_CHANGED'));
  // A browser drops what it loads when any network of the machine comes or goes; a reader would press reload.
  for (let i = 0; i < 5; i++) {
    cut = false;
    await page.goto(url, { waitUntil: 'load' }).catch((error: Error) => {
      if (!error.message.includes('ERR_NETWORK_CHANGED')) throw error;
      cut = true;
    });
    if (!cut) break;
  }
  const isScripted = options.javaScriptEnabled !== false;
  return {
    page,
    context,
    outside,
    faults: async () => [...faults, ...(isScripted ? await page.evaluate<string[]>('faults') : [])],
    close: () => context.close(),
  };
}

/** Waits until the page follows its stream. */
export const live = (page: Page) => page.locator('#liveness:is([data-state=live], [data-state=done])').waitFor();

/** Waits until whatever slides or fades in has arrived: until then it has less contrast than it will have. */
export const arrived = (page: Page): Promise<unknown> =>
  page.evaluate(`Promise.allSettled(document.getAnimations()
    .filter(({ effect }) => Number.isFinite(effect.getComputedTiming().endTime))
    .map(({ finished }) => finished))`);

/** The text of each line in sight: status, reason and values, in their order. */
export const lines = (page: Page): Promise<string[]> =>
  page.evaluate<string[]>(`[...document.querySelectorAll('tbody tr[data-row]')].map((line) =>
    [...line.querySelectorAll('.status, .reason, .value')].map((part) => part.textContent.trim()).join('|'))`);

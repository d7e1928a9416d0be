import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

/** Where systems keep it; `CHROMIUM` names another place. */
const places = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** A browser of this machine, or the one that `playwright-core install chromium` fetched. */
export function findChromium(): string | undefined {
  const named = process.env.CHROMIUM;
  if (named) return existsSync(named) ? named : undefined;
  return [...places, chromium.executablePath()].find((path) => existsSync(path));
}

/**
 * `describe` where there is a browser. Where there is none the tests are skipped, and it is said; `BROWSER_TESTS=required` makes
 * a failure of it.
 */
export function describeInBrowser(name: string, tests: () => void): void {
  if (findChromium()) return describe(name, tests);
  const missing = `No Chromium was found, so the browser tests of ${name} did not run. Install one, or name it: CHROMIUM=/path/to/chromium`;
  if (process.env.BROWSER_TESTS === 'required')
    return describe(name, () => it('needs a browser', () => Promise.reject(new Error(missing))));
  process.stderr.write(`\n${missing}\n`);
  describe.skip(name, tests);
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium()!,
    // Tests run as root in containers, where the sandbox cannot be had and memory for /dev/shm is short.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--force-color-profile=srgb'],
  });
}

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { regexesOfTheProduct, type FoundRegex } from './regex.census';

/** Processor time of one use on 50,000 characters. */
const budgetMs = 50;

/** For all expressions together, against one that never ends. */
const patienceMs = 90_000;

function slow(regexes: readonly FoundRegex[], timeout = patienceMs): string[] {
  const script = join(__dirname, 'regex.attack.cjs');
  const { stdout, stderr } = spawnSync(process.execPath, [script, `${budgetMs}`], {
    input: JSON.stringify(regexes),
    encoding: 'utf8',
    timeout,
    killSignal: 'SIGKILL',
  });
  const lines = stdout.trim().split('\n');
  const found = lines.filter((line) => line.startsWith('slow '));
  return lines.at(-1) === 'done' ? found : [...found, `endless: ${lines.at(-1)} ${stderr}`];
}

describe('regular expressions', () => {
  it('of the product are all found, those put together from pieces too', () => {
    const found = regexesOfTheProduct();
    process.stdout.write(`${found.length} regular expressions\n`);
    expect(found.length).toBeGreaterThan(140);
    const cursor = found.find(({ place }) => place.startsWith('services/parallel-emulator/src/wire/cursor.ts'));
    expect(cursor?.source).toBe('^r\\d{12}$');
  });

  it.each([
    ['quadratic', '/+$'],
    ['exponential', '^(a+)+$'],
  ])('that are %s are told', (_, source) => {
    expect(slow([{ place: 'here', source, flags: '' }], 2_000)).toEqual([expect.stringContaining('here')]);
  });

  it('of the product take at most 50 ms for 50,000 characters made to keep them busy', () => {
    expect(slow(regexesOfTheProduct())).toEqual([]);
  }, 120_000);
});

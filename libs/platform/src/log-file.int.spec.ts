import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from './logging';

describe('a logger with a file', () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'multitask-log-'))));
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function linesFor(level: string) {
    const shown: string[] = [];
    const file = join(folder, 'logs', 'sample.log');
    const destination = { write: (line: string) => void shown.push(line) };
    const logger = createLogger('sample', { level, format: 'json', destination, file });
    logger.debug('a detail');
    logger.info({ secret: 'hidden' }, 'started');
    logger.warn('careful');
    const messages = (lines: string[]) =>
      lines.filter(Boolean).map((line) => (JSON.parse(line) as { msg: string }).msg);
    const text = await readFile(file, 'utf8');
    return { shown: messages(shown), kept: messages(text.split('\n')), text };
  }

  it('shows little and keeps what explains it, without secrets', async () => {
    const { shown, kept, text } = await linesFor('warn');
    expect(shown).toEqual(['careful']);
    expect(kept).toEqual(['started', 'careful']);
    expect(text).not.toContain('hidden');
  });

  it('keeps the file when the terminal is silent', async () => {
    const { shown, kept } = await linesFor('silent');
    expect(shown).toEqual([]);
    expect(kept).toEqual(['started', 'careful']);
  });

  it('shows details without keeping them', async () => {
    const { shown, kept } = await linesFor('debug');
    expect(shown).toEqual(['a detail', 'started', 'careful']);
    expect(kept).toEqual(['started', 'careful']);
  });
});

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

  const onLinux = process.platform === 'linux' ? it : it.skip;
  onLinux('costs lines when the disk is full, never the process', async () => {
    const logger = createLogger('sample', { level: 'silent', format: 'json', file: '/dev/full' });
    const failures: unknown[] = [];
    const note = (error: unknown) => void failures.push(error);
    process.on('uncaughtException', note);
    try {
      for (let line = 0; line < 100; line++) logger.warn({ text: 'x'.repeat(1_000) }, 'no room');
      await new Promise(setImmediate);
    } finally {
      process.off('uncaughtException', note);
    }
    expect(failures).toEqual([]);
  });

  it('shows details without keeping them', async () => {
    const { shown, kept } = await linesFor('debug');
    expect(shown).toEqual(['a detail', 'started', 'careful']);
    expect(kept).toEqual(['started', 'careful']);
  });
});

import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface RunFolder {
  removeRunFolder(folder: string, patience?: { maxRetries: number; retryDelay: number }): Promise<void>;
}
const runFolder = () => import('../jest/run-folder.mjs' as string) as Promise<RunFolder>;

describe("a run's folder", () => {
  let folder: string;
  let writer: NodeJS.Timeout;
  let written = 0;

  /** As a server that stops only now: it makes what was deleted again. */
  const write = () => {
    mkdirSync(join(folder, 'nats'), { recursive: true });
    for (let i = 0; i < 50; i++) writeFileSync(join(folder, 'nats', `block-${written++}`), 'x');
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'run-folder-'));
    write();
    writer = setInterval(write, 0);
  });
  afterEach(() => {
    clearInterval(writer);
    rmSync(folder, { recursive: true, force: true });
  });

  it('is deleted although a server still writes to it for a moment', async () => {
    const { removeRunFolder } = await runFolder();
    const removed = removeRunFolder(folder, { maxRetries: 50, retryDelay: 5 });
    setTimeout(() => clearInterval(writer), 50);
    await removed;
    clearInterval(writer);
    expect(existsSync(join(folder, 'nats'))).toBe(false);
  });

  it('that cannot be deleted is told, and fails no test', async () => {
    const { removeRunFolder } = await runFolder();
    const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    await removeRunFolder(`${folder}\0`, { maxRetries: 0, retryDelay: 0 });
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('the next run tries again'));
    warn.mockRestore();
  });
});

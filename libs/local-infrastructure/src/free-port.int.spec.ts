import { createServer } from 'node:net';
import { freePort } from './free-port';

describe('a free port', () => {
  it('is not one that connections going out may be given, and not the same twice', async () => {
    const ports = await Promise.all(Array.from({ length: 100 }, () => freePort()));
    expect(new Set(ports).size).toBe(100);
    expect(Math.min(...ports)).toBeGreaterThanOrEqual(20_000);
    expect(Math.max(...ports)).toBeLessThan(32_000);
  });

  it('can be listened on', async () => {
    const server = createServer();
    const port = await freePort();
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
    await new Promise((resolve) => server.close(resolve));
  });

  it('is not there on a host that is not this one', async () => {
    await expect(freePort('192.0.2.1')).rejects.toThrow('no free port');
  });
});

import { Health } from './health';

describe('Health', () => {
  it('is not ready before the start, and says so', async () => {
    const health = new Health();
    expect(health.startup().ok).toBe(false);
    expect(await health.ready()).toEqual({ ok: false, checks: { started: 'still starting' } });
    health.markStarted();
    expect(health.startup().ok).toBe(true);
    expect((await health.ready()).ok).toBe(true);
  });

  it('names what is missing while a dependency is away, and stays alive', async () => {
    const health = new Health();
    health.markStarted();
    health.addReadiness('postgres', async () => 'fine');
    health.addReadiness('nats', async () => Promise.reject(new Error('disconnected')));
    health.addReadiness('disk', () => {
      throw new Error('thrown, not rejected');
    });
    expect(await health.ready()).toEqual({
      ok: false,
      checks: { postgres: 'ok', nats: 'disconnected', disk: 'thrown, not rejected' },
    });
    expect(health.live()).toEqual({ ok: true, checks: {} });
  });

  it('does not wait for a check that hangs', async () => {
    jest.useFakeTimers();
    const health = new Health();
    health.markStarted();
    health.addReadiness('nats', () => new Promise(() => undefined));
    const report = health.ready();
    await jest.advanceTimersByTimeAsync(2_000);
    expect(await report).toEqual({ ok: false, checks: { nats: 'no answer within 2000 ms' } });
    jest.useRealTimers();
  });

  it('is dead when a liveness check says so, or cannot even say it', () => {
    const health = new Health();
    health.addLiveness('nats', () => undefined);
    expect(health.live().ok).toBe(true);
    health.addLiveness('log', () => 'the connection is closed for good');
    health.addLiveness('other', () => {
      throw new Error('broken');
    });
    expect(health.live()).toEqual({
      ok: false,
      checks: { nats: 'ok', log: 'the connection is closed for good', other: 'broken' },
    });
  });

  it('stops being ready when it drains, without a restart', async () => {
    const health = new Health();
    health.markStarted();
    health.markDraining();
    expect((await health.ready()).ok).toBe(false);
    expect(health.live().ok).toBe(true);
    expect(health.startup().ok).toBe(true);
  });
});

import { createLogger } from '@multitask/platform';
import { WriteFaultWatch } from './write-fault.watch';

const logger = createLogger('test', { level: 'silent', format: 'json' });
const fault = `{"status":"unavailable","error":"JetStream stream '$G > S' write error: no space left on device"}`;

describe('the watch over what NATS can write', () => {
  let watch: WriteFaultWatch;
  let restarts: number;
  let answer: () => Promise<Response>;
  beforeEach(() => {
    jest.useFakeTimers();
    jest.spyOn(globalThis, 'fetch').mockImplementation(() => answer());
    restarts = 0;
    const restart = () => Promise.resolve(void restarts++);
    watch = new WriteFaultWatch({ url: 'http://127.0.0.1:1/healthz', restart, logger, everyMs: 1_000 });
  });
  afterEach(() => {
    watch.stop();
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  it('restarts a server that says so twice, and again while it goes on saying so', async () => {
    answer = () => Promise.resolve(new Response(fault, { status: 503 }));
    await jest.advanceTimersByTimeAsync(1_500);
    expect(restarts).toBe(0);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(restarts).toBe(1);
    await jest.advanceTimersByTimeAsync(2_000);
    expect(restarts).toBe(2);
  });

  it.each([
    ['is well', () => Promise.resolve(new Response('{"status":"ok"}'))],
    ['still recovers its streams', () => Promise.resolve(new Response('{"status":"unavailable"}', { status: 503 }))],
    ['does not answer', () => Promise.reject(new Error('refused'))],
  ])('leaves one alone that %s', async (_, says) => {
    answer = says;
    await jest.advanceTimersByTimeAsync(20_000);
    expect(restarts).toBe(0);
  });

  it('forgets what it saw when it is gone at the next look', async () => {
    let looks = 0;
    answer = () =>
      Promise.resolve(looks++ % 2 ? new Response('{"status":"ok"}') : new Response(fault, { status: 503 }));
    await jest.advanceTimersByTimeAsync(20_000);
    expect(restarts).toBe(0);
  });
});

import { createLogger } from '@multitask/platform';
import { OutageWatch } from './outage.watch';

const logger = createLogger('test', { level: 'silent', format: 'json' });
const times = { everyMs: 1_000, patienceMs: 1_500 };
const never = () => new Promise<void>(() => undefined);
const answers = () => Promise.resolve();

describe('the watch over the stores', () => {
  let watch: OutageWatch | undefined;
  beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick'] }));
  afterEach(() => {
    watch?.onModuleDestroy();
    jest.useRealTimers();
  });
  const start = (questions: { log: () => Promise<void>; database: () => Promise<void> }) =>
    (watch = new OutageWatch(questions, logger, times));

  it('says nothing while both answer', async () => {
    const { notice } = start({ log: answers, database: answers });
    await jest.advanceTimersByTimeAsync(10_000);
    expect(notice).toBeNull();
    expect(() => watch!.requireLog()).not.toThrow();
  });

  it('says nothing of a log that is back within its patience', async () => {
    let back = () => undefined as void;
    start({ log: () => new Promise((resolve) => (back = resolve)), database: answers });
    await jest.advanceTimersByTimeAsync(1_400);
    back();
    await jest.advanceTimersByTimeAsync(500);
    expect(watch!.notice).toBeNull();
  });

  it('says that nothing is live while the log is silent, and stops saying it the moment it answers', async () => {
    let back = () => undefined as void;
    start({ log: () => new Promise((resolve) => (back = resolve)), database: answers });
    await jest.advanceTimersByTimeAsync(1_600);
    expect(watch!.notice).toMatch(/^Not live .* goes on by itself/);
    expect(() => watch!.requireLog()).toThrow(expect.objectContaining({ code: 'not_ready' }));
    back();
    await jest.advanceTimersByTimeAsync(1);
    expect(watch!.notice).toBeNull();
  });

  it('says that updates come late while the database fails, and leaves streams alone', async () => {
    start({ log: answers, database: () => Promise.reject(new Error('refused')) });
    await jest.advanceTimersByTimeAsync(1);
    expect(watch!.notice).toMatch(/may come late/);
    expect(() => watch!.requireLog()).not.toThrow();
  });

  it('speaks of the log when both are away', async () => {
    start({ log: never, database: never });
    await jest.advanceTimersByTimeAsync(1_600);
    expect(watch!.notice).toMatch(/^Not live/);
  });
});

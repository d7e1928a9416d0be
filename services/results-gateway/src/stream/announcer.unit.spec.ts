import { Announcer } from './announcer';

describe('telling readers', () => {
  let at: number;
  let told: number[];
  let costMs: number;
  let announcer: Announcer;

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['performance'] });
    at = 1_000;
    told = [];
    costMs = 0;
    announcer = new Announcer(
      () => {
        told.push(at);
        at += costMs;
      },
      () => at,
    );
  });
  afterEach(() => jest.useRealTimers());

  /** Time goes on for timers and for the clock alike. */
  const pass = (ms: number) => {
    for (let step = 0; step < ms; step++) {
      at++;
      jest.advanceTimersByTime(1);
    }
  };

  it('is done once for all that came in one go, and at once where it costs little', () => {
    costMs = 0.3;
    announcer.soon();
    announcer.soon();
    expect(told).toHaveLength(0);
    jest.advanceTimersByTime(0);
    expect(told).toHaveLength(1);
    announcer.soon();
    jest.advanceTimersByTime(0);
    expect(told).toHaveLength(2);
  });

  it('waits twice as long as the last time took, so that a third of the time is spent on it', () => {
    costMs = 10;
    announcer.soon();
    jest.advanceTimersByTime(0);
    announcer.soon();
    pass(19);
    expect(told).toHaveLength(1);
    pass(1);
    expect(told).toHaveLength(2);
  });

  it('waits no longer than 50 ms, and not at all after a pause that was longer anyway', () => {
    costMs = 500;
    announcer.soon();
    jest.advanceTimersByTime(0);
    announcer.soon();
    pass(50);
    expect(told).toHaveLength(2);
    pass(60);
    announcer.soon();
    jest.advanceTimersByTime(0);
    expect(told).toHaveLength(3);
  });

  it('can be done now, and then not again for the same', () => {
    announcer.soon();
    announcer.tellNow();
    pass(100);
    expect(told).toHaveLength(1);
  });
});

import { Stillness } from './stillness';

describe('how long nothing has moved', () => {
  it('is the age of the last progress by the log, whatever the business clock was moved to before', () => {
    const still = new Stillness(
      () => 10_000,
      () => 9_999_000,
    );
    expect(still.lasts(7_000)).toBe(3_000);
  });

  it('goes on by the business clock, and starts anew with the next progress', () => {
    const clock = { log: 10_000, business: 10_000 };
    const still = new Stillness(
      () => clock.log,
      () => clock.business,
    );
    expect(still.lasts(10_000)).toBe(0);
    clock.log += 1_000;
    clock.business += 501_000;
    expect(still.lasts(10_000)).toBe(501_000);
    expect(still.lasts(11_000)).toBe(0);
    clock.business += 1_000;
    expect(still.lasts(11_000)).toBe(1_000);
  });
});

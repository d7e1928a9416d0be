import { PassSchedule, type PassNeed } from './pass.schedule';

const need = (changes: Partial<PassNeed> = {}): PassNeed => ({
  joining: false,
  unclear: false,
  proofInMs: undefined,
  onlyOutputsMissing: false,
  nudged: false,
  active: 0,
  ...changes,
});

/** The times of the first readings, when each takes 100 ms. */
function times(schedule: PassSchedule, what: (now: number) => PassNeed, count: number, fruitful = false): number[] {
  const result: number[] = [];
  for (let now = 0; result.length < count;) {
    const at = schedule.nextAt(what(now), now)!;
    now = Math.max(now, at);
    result.push(now);
    now += 100;
    const proving = (what(now - 100).proofInMs ?? 1) <= 0;
    schedule.passed(now, 100, { broughtFacts: fruitful, proving });
  }
  return result;
}

describe('readings of the list', () => {
  it('are not made for nothing', () => {
    expect(new PassSchedule(0).nextAt(need(), 0)).toBeUndefined();
  });

  it('come soon after a purchase and then rarely, while runs are active', () => {
    const schedule = new PassSchedule(0);
    expect(times(schedule, () => need({ active: 3 }), 4, true)).toEqual([2_000, 17_100, 47_200, 77_300]);
    schedule.purchased();
    expect(schedule.nextAt(need({ active: 3 }), 77_400)).toBe(79_400);
  });

  it('take a tenth of the time at most, however large the group', () => {
    const schedule = new PassSchedule(0);
    schedule.passed(60_000, 60_000, { broughtFacts: true, proving: false });
    expect(schedule.nextAt(need({ active: 100_000 }), 60_000)).toBe(660_000);
  });

  it('are made at once for what somebody waits for, and less and less often while they bring nothing', () => {
    for (const urgent of [{ joining: true }, { nudged: true }, { onlyOutputsMissing: true }])
      expect(times(new PassSchedule(0), () => need(urgent), 5)).toEqual([0, 600, 1_700, 3_800, 8_900]);
  });

  it('look for an unclear purchase at once, and prove its absence twice as soon as that is possible', () => {
    const unclear = (now: number) => need({ unclear: true, proofInMs: 90_000 - now });
    const all = times(new PassSchedule(0), unclear, 7);
    expect(all.slice(0, 4)).toEqual([0, 2_100, 12_200, 42_300]);
    const proofs = all.filter((at) => at >= 90_000);
    expect(proofs[0]).toBe(90_000);
    expect(proofs[1]).toBe(92_100);
  });
});

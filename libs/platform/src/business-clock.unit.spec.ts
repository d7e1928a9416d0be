import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BusinessClock } from './business-clock';

describe('BusinessClock', () => {
  const folder = mkdtempSync(join(tmpdir(), 'multitask-clock-'));
  const file = join(folder, 'clock');
  beforeEach(() => jest.useFakeTimers({ now: 1_000_000 }));
  afterEach(() => jest.useRealTimers());
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is the wall clock when no file is named', () => {
    expect(new BusinessClock().now().getTime()).toBe(1_000_000);
  });

  it('moves by the seconds in the file, within a second of a change, and keeps the last offset over nonsense', () => {
    const clock = new BusinessClock(file);
    expect(clock.now().getTime()).toBe(1_000_000);
    writeFileSync(file, '86400\n');
    jest.advanceTimersByTime(1_000);
    expect(clock.now().getTime()).toBe(1_001_000 + 86_400_000);
    writeFileSync(file, 'nonsense');
    jest.advanceTimersByTime(1_000);
    expect(clock.now().getTime()).toBe(1_002_000 + 86_400_000);
    clock.stop();
    writeFileSync(file, '0');
    jest.advanceTimersByTime(2_000);
    expect(clock.now().getTime()).toBe(1_004_000 + 86_400_000);
  });
});

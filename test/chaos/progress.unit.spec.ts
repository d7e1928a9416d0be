import type { LogMessage } from './ledger';
import { advanceOf, checkpointsAt, firstUnprojected, longestLag } from './progress';

const look = (at: number, checkpoints: Readonly<Record<string, number>>) => ({ at, checkpoints });
const message = (seq: number, at: number, partition: string) => ({ seq, at, partition }) as LogMessage;

describe('how far everything was projected', () => {
  const progress = [look(10, { '00': 5, '01': 2 }), look(20, { '00': 5, '01': 6 }), look(30, { '00': 9, '01': 6 })];

  it('is the furthest that was seen until then, whoever saw it', () => {
    expect(checkpointsAt(progress, 20, { '00': 7 }, undefined)).toEqual({ '00': 7, '01': 6 });
    expect(checkpointsAt([], 20, { '00': 7 })).toEqual({ '00': 7 });
  });

  it('moves on when one partition does, beyond what was done', () => {
    expect(advanceOf(progress, 10, { '00': 5, '01': 2 })?.at).toBe(20);
    expect(advanceOf(progress, 10, { '00': 5, '01': 6 })?.at).toBe(30);
    expect(advanceOf(progress, 30, { '00': 5, '01': 6 })).toBeUndefined();
  });
});

it('one partition that is behind is enough for something not to be projected', () => {
  const messages = [message(3, 1, '00'), message(4, 2, '01'), message(5, 3, '00')];
  expect(firstUnprojected(messages, { '00': 5 })?.seq).toBe(4);
  expect(firstUnprojected(messages, { '00': 4, '01': 4 })?.seq).toBe(5);
  expect(firstUnprojected(messages, { '00': 5, '01': 4 })).toBeUndefined();
});

it('a lag is the time until a look shows the message, and without end when none does', () => {
  const messages = [message(3, 100, '00'), message(4, 200, '01')];
  const progress = [look(150, { '00': 3 }), look(900, { '00': 3, '01': 4 })];
  expect(longestLag(messages, progress, 0, 150)).toBe(50);
  expect(longestLag(messages, progress, 0, 1_000)).toBe(700);
  expect(longestLag(messages, progress.slice(0, 1), 0, 1_000)).toBe(Infinity);
});

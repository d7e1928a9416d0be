import { TokenRate } from './token.rate';

function rate(perMinute: number) {
  const on = { time: 0 };
  return { on, under: new TokenRate(perMinute, () => on.time) };
}

it('lets ten seconds’ worth come at once, then says how long to wait, and means it', () => {
  const { on, under } = rate(60);
  for (let i = 0; i < 10; i++) expect(under.take('a')).toBe(0);
  expect(under.take('a')).toBe(1);
  on.time += 999;
  expect(under.take('a')).toBe(1);
  on.time += 1;
  expect([under.take('a'), under.take('a')]).toEqual([0, 1]);
});

it('counts each token for itself', () => {
  const { under } = rate(6);
  expect([under.take('a'), under.take('a'), under.take('b')]).toEqual([0, 10, 0]);
});

it('never gives more than the burst, however long nobody asked', () => {
  const { on, under } = rate(60);
  under.take('a');
  on.time += 3_600_000;
  const taken = Array.from({ length: 20 }, () => under.take('a')).filter((wait) => wait === 0);
  expect(taken).toHaveLength(10);
});

it('is off at 0', () => {
  const { under } = rate(0);
  expect(Array.from({ length: 1_000 }, () => under.take('a')).every((wait) => wait === 0)).toBe(true);
});

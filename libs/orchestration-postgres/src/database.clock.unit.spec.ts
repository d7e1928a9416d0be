import { DatabaseClock } from './database.clock';

function clock() {
  const on = { steady: 5_000, database: 1_000_000, asked: 0, delay: 0 };
  const ask = async () => {
    on.asked++;
    on.steady += on.delay;
    return on.database;
  };
  return { on, clock: new DatabaseClock(ask, () => on.steady) };
}

it('asks once and goes on by itself, and asks again a second later', async () => {
  const { on, clock: under } = clock();
  expect(await under.now()).toBe(1_000_000);
  on.steady += 999;
  expect([await under.now(), on.asked]).toEqual([1_000_999, 1]);
  on.steady += 1;
  // Somebody set the database's clock back.
  on.database = 900_000;
  expect([await under.now(), on.asked]).toEqual([900_000, 2]);
});

it('counts what the answer took as time that has passed', async () => {
  const { on, clock: under } = clock();
  on.delay = 400;
  expect(await under.now()).toBe(1_000_400);
});

it('asks again after a failure', async () => {
  let isAway = true;
  const under = new DatabaseClock(
    async () => {
      if (isAway) throw new Error('away');
      return 7;
    },
    () => 0,
  );
  await expect(under.now()).rejects.toThrow('away');
  isAway = false;
  expect(await under.now()).toBe(7);
});

import { Gathering, type Outcome } from './gathering';

/** Does nothing until it is told to; keeps what came together. */
function workshop(options: ConstructorParameters<typeof Gathering<string, string>>[1] = {}) {
  const batches: { orders: readonly string[]; end: (outcomes: Outcome<string>[] | Error) => void }[] = [];
  const gathering = new Gathering<string, string>(
    (orders) =>
      new Promise((resolve, reject) => {
        const end = (outcomes: Outcome<string>[] | Error) =>
          outcomes instanceof Error ? reject(outcomes) : resolve(outcomes);
        batches.push({ orders, end });
      }),
    options,
  );
  return { gathering, batches, together: () => batches.map(({ orders }) => orders) };
}

const done = (orders: readonly string[]): Outcome<string>[] => orders.map((order) => ({ value: `${order} done` }));
const aMoment = () => new Promise(setImmediate);

it('who comes at the same moment is done together, who comes alone waits for nobody', async () => {
  const { gathering, batches, together } = workshop();
  const results = Promise.all(['a', 'b', 'c'].map((order) => gathering.do(order)));
  await aMoment();
  expect(together()).toEqual([['a', 'b', 'c']]);
  const alone = gathering.do('d');
  await aMoment();
  expect(together()[1]).toEqual(['d']);
  for (const { orders, end } of batches) end(done(orders));
  expect(await results).toEqual(['a done', 'b done', 'c done']);
  expect(await alone).toBe('d done');
});

it('who comes while two are under way waits, and is done with all who waited', async () => {
  const { gathering, batches, together } = workshop();
  for (const order of ['a', 'b', 'c', 'd']) {
    void gathering.do(order);
    await aMoment();
  }
  expect(together()).toEqual([['a'], ['b']]);
  batches[0]!.end(done(['a']));
  await aMoment();
  expect(together()[2]).toEqual(['c', 'd']);
});

it('what is refused to one is done for the others; what fails as a whole fails for all, and the next are done', async () => {
  const { gathering, batches } = workshop();
  const first = Promise.allSettled([gathering.do('a'), gathering.do('b')]);
  await aMoment();
  batches[0]!.end([{ error: new Error('no') }, { value: 'yes' }]);
  expect(await first).toMatchObject([{ reason: new Error('no') }, { value: 'yes' }]);
  const second = Promise.allSettled([gathering.do('c'), gathering.do('d')]);
  await aMoment();
  batches[1]!.end(new Error('away'));
  expect(await second).toMatchObject([{ reason: new Error('away') }, { reason: new Error('away') }]);
  const third = gathering.do('e');
  await aMoment();
  batches[2]!.end(done(['e']));
  expect(await third).toBe('e done');
});

it('orders for the same thing are never done together, nor those of different groups, nor more than fits', async () => {
  const { gathering, batches, together } = workshop({
    groupOf: (order) => order[0]!,
    keyOf: (order) => order,
    weightOf: (order) => (order.endsWith('!') ? 99 : 1),
  });
  for (const order of ['a1', 'b1', 'a1', 'a2', 'a3!', 'a4']) void gathering.do(order);
  await aMoment();
  // Two of a group may be under way; 99 does not fit beside the two that came before, what comes after does.
  expect(together()).toEqual([['a1', 'a2', 'a4'], ['b1'], ['a1', 'a3!']]);
  for (const { orders, end } of batches) end(done(orders));
});

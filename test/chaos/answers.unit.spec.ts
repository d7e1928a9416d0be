import { inShort, uncreated, unheard, unread } from './answers';
import type { ConnectionAccount, Ledger } from './ledger';

const polls = [200, 503, null, 404].map((status, at) => ({ group: 'g', at, status }));
const connection = (status: number | null, end: ConnectionAccount['end']) => ({ status, end }) as ConnectionAccount;
const readers = [
  {
    name: '1',
    group: 'g',
    connections: [connection(200, 'broken'), connection(503, 'server'), connection(204, 'server')],
  },
  { name: '2', group: 'g', connections: [connection(null, 'broken'), connection(null, 'reader')] },
];

it('an answer that is not the result, and no answer, are no look at the result', () => {
  expect(unread({ polls })).toEqual(['result 503', 'result unanswered', 'result 404']);
});

it('a stream that was refused or never answered was not given, unless its reader did not wait', () => {
  expect(unheard({ readers })).toEqual(['stream 503', 'stream unanswered']);
});

it('a create that was refused at first was refused', () => {
  const groups = [{ refusals: [{ status: 503 }] }, { refusals: [] }] as unknown as Ledger['groups'];
  expect(uncreated({ groups })).toEqual(['create 503']);
});

it('nothing may fail, and something must have been asked', () => {
  expect(inShort([], 7)).toBeUndefined();
  expect(inShort([], 0)).toBe('nothing was asked');
  expect(inShort(['result 503', 'stream 503', 'result 503'], 7)).toBe('3 of 7: 2 × result 503, 1 × stream 503');
});

import { parseDelivery } from './delivery';

describe('the reply subject of a delivery', () => {
  const expected = { streamSeq: 42, deliverySeq: 7, time: new Date('2026-11-21T14:03:53.737Z'), pending: 3 };

  it.each([
    ['of older servers', '$JS.ACK.MULTITASK.tail_x.1.42.7.1795269833737317869.3'],
    ['with domain and account', '$JS.ACK._.hash.MULTITASK.tail_x.1.42.7.1795269833737317869.3.random'],
  ])('is read %s', (_, reply) => {
    expect(parseDelivery(reply)).toEqual(expected);
  });

  it('is none of ours otherwise', () => {
    expect(parseDelivery('_INBOX.abc')).toBeUndefined();
    expect(parseDelivery('$JS.ACK.too.short')).toBeUndefined();
  });
});

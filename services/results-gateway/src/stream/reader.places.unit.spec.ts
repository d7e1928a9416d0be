import { ReaderPlaces } from './reader.places';

const refusal = (work: () => unknown): unknown => {
  try {
    return work() && undefined;
  } catch (error) {
    const { code, details } = error as { code: string; details: { retryAfter: number } };
    return [code, details.retryAfter];
  }
};

describe('places for readers', () => {
  it('are limited for each address, whatever another has, and free again when one leaves', () => {
    const places = new ReaderPlaces({ all: 100, perAddress: 2 });
    const leave = places.take('192.0.2.1');
    places.take('192.0.2.1');
    expect(refusal(() => places.take('192.0.2.1'))).toEqual(['rate_limited', 30]);
    places.take('192.0.2.2');
    leave();
    leave();
    places.take('192.0.2.1');
    expect(refusal(() => places.take('192.0.2.1'))).toEqual(['rate_limited', 30]);
  });

  it('are limited in all, whoever asks', () => {
    const places = new ReaderPlaces({ all: 3, perAddress: 2 });
    const leave = [undefined, undefined, '192.0.2.1'].map((address) => places.take(address));
    expect(refusal(() => places.take('192.0.2.2'))).toEqual(['not_ready', 5]);
    expect(refusal(() => places.take(undefined))).toEqual(['not_ready', 5]);
    leave[0]!();
    places.take(undefined);
  });

  it('remember nobody who has left', () => {
    const places = new ReaderPlaces({ all: 3, perAddress: 2 });
    for (let i = 0; i < 1_000; i++) places.take(`192.0.2.${i}`)();
    expect((places as unknown as { byAddress: Map<string, number> }).byAddress.size).toBe(0);
  });
});

/** Where a delivered message stands, as its reply subject tells. */
export interface Delivery {
  readonly streamSeq: number;
  /** Counts the consumer's deliveries from 1. */
  readonly deliverySeq: number;
  readonly time: Date;
  /** Messages that still match the consumer behind this one. */
  readonly pending: number;
}

/** `$JS.ACK[.<domain>.<account>].<stream>.<consumer>.<deliveries>.<stream seq>.<delivery seq>.<nanoseconds>.<pending>[.<random>]` */
export function parseDelivery(reply: string): Delivery | undefined {
  const tokens = reply.split('.');
  if (tokens[0] !== '$JS' || tokens[1] !== 'ACK' || tokens.length < 9) return undefined;
  const [streamSeq, deliverySeq, nanoseconds, pending] = tokens.slice(tokens.length === 9 ? 5 : 7) as [
    string,
    string,
    string,
    string,
  ];
  // Digits are cut off, not divided: a double cannot hold nanoseconds, and every way of reading must give the same time.
  const time = new Date(Number(nanoseconds.slice(0, -6)));
  return { streamSeq: Number(streamSeq), deliverySeq: Number(deliverySeq), time, pending: Number(pending) };
}

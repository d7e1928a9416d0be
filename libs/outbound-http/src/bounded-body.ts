import { pipeline, Transform, type Readable, type TransformCallback } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { OutboundError } from './outbound.errors';

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

export const acceptedEncodings = 'gzip, deflate, br';

/** Passes on at most `maxBytes`, then fails; whatever goes wrong upstream of it leaves as an {@link OutboundError}. */
class Limit extends Transform {
  private seen = 0;

  constructor(
    private readonly maxBytes: number,
    private readonly explain: (error: unknown) => OutboundError,
  ) {
    super();
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.seen += chunk.length;
    if (this.seen > this.maxBytes)
      done(new OutboundError('too_large', `The answer is larger than ${this.maxBytes} bytes.`));
    else done(null, chunk);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    done(error && this.explain(error));
  }
}

/**
 * The decoded body, cut off with an error at `maxBytes` of *decoded* bytes, so that a small compressed body cannot become a
 * large one. Stacked encodings are refused: no honest server sends them, and each layer multiplies.
 */
export function boundedBody(
  raw: Readable,
  encoding: string | undefined,
  maxBytes: number,
  explain: (error: unknown) => OutboundError,
): Readable {
  const name = encoding?.trim().toLowerCase() || 'identity';
  const decoder = name === 'identity' ? undefined : decoders[name];
  if (name !== 'identity' && !decoder)
    throw new OutboundError('bad_encoding', 'The answer is encoded in a way we do not read.');
  const limit = new Limit(maxBytes, explain);
  const settled = () => undefined; // The reader of the limit gets the error; pipeline only tidies up.
  return decoder ? pipeline(raw, decoder(), limit, settled) : pipeline(raw, limit, settled);
}

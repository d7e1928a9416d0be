import { MultitaskError } from '@multitask/contracts';

/** Text of a UTF-8 stream, without its byte order mark. Anything else is refused: guessing an encoding corrupts names. */
export async function* utf8(body: AsyncIterable<Uint8Array>, what: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const decode = (chunk?: Uint8Array): string => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      throw new MultitaskError('malformed_body', `${what} is not UTF-8 text; save it as UTF-8 and send it again.`);
    }
  };
  for await (const chunk of body) {
    const text = decode(chunk);
    if (text) yield text;
  }
  const rest = decode();
  if (rest) yield rest;
}

import { MultitaskError } from '../error/multitask.error';

/** The values of an NDJSON body, one by one while it arrives. Throws `unreachable` when it breaks off. */
export async function* jsonLines<T>(body: ReadableStream<Uint8Array>): AsyncGenerator<T, void, undefined> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let rest = '';
  try {
    for (;;) {
      const { value, done } = await reader.read().catch((cause: unknown) => {
        throw new MultitaskError('unreachable', 'The rows broke off.', { retryable: true, cause });
      });
      const lines = (rest + (done ? decoder.decode() : decoder.decode(value, { stream: true }))).split('\n');
      rest = done ? '' : lines.pop()!;
      for (const line of lines) if (line.trim() !== '') yield parsed<T>(line);
      if (done) return;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function parsed<T>(line: string): T {
  try {
    return JSON.parse(line) as T;
  } catch (cause) {
    throw new MultitaskError('unexpected_answer', 'A line of the rows is not JSON.', { cause });
  }
}

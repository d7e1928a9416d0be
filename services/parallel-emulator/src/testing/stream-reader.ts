export interface ReadStream {
  readonly status: number;
  readonly contentType: string | null;
  readonly text: string;
  readonly events: any[];
  /** The names on the `event:` lines. */
  readonly names: string[];
  /** The connection broke instead of ending. */
  readonly broken: boolean;
}

/** Reads an event stream to its end. Written apart from the emulator's own framing, so that both can be wrong only apart. */
export async function readStream(response: Response): Promise<ReadStream> {
  const chunks: Uint8Array[] = [];
  let broken = false;
  try {
    for await (const chunk of response.body!) chunks.push(chunk);
  } catch {
    broken = true;
  }
  const text = Buffer.concat(chunks).toString('utf8');
  const blocks = text.split(/\r\n\r\n|\n\n/).slice(0, -1);
  const events: unknown[] = [];
  const names: string[] = [];
  for (const block of blocks) {
    const lines = block.split(/\r\n|\n/);
    const data = lines.filter((line) => line.startsWith('data: ')).map((line) => line.slice(6));
    if (data.length === 0) continue;
    events.push(JSON.parse(data.join('\n')));
    names.push(lines.find((line) => line.startsWith('event: '))?.slice(7) ?? '');
  }
  return { status: response.status, contentType: response.headers.get('content-type'), text, events, names, broken };
}

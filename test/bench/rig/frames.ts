/** The text of the first `events` events of a live stream, as they come from the product. */
export async function framesOf(url: string, events: number, emit: () => Promise<void>): Promise<string[]> {
  const answer = await fetch(url, { headers: { accept: 'text/event-stream' } });
  const emitting = emit();
  const decoder = new TextDecoder();
  const found: string[] = [];
  let text = '';
  let event = '';
  for await (const chunk of answer.body!) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const frame = text.slice(0, end + 2);
      text = text.slice(end + 2);
      if (!frame.includes('data: ')) continue;
      event += frame;
      // Its last frame has the id.
      if (!frame.startsWith('id: ')) continue;
      // Readers look for it at the start of a line.
      found.push(event.startsWith('id: ') ? `\n${event}` : event);
      event = '';
      if (found.length < events) continue;
      await emitting;
      return found;
    }
  }
  throw new Error('the stream ended early');
}

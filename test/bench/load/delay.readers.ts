import { answerQuestions } from '../rig/worker';

/** When each event was seen first, by its number; one set for each group and side. */
const seen = new Map<string, Map<number, number>>();

async function read(name: string, url: string, opened: () => void): Promise<void> {
  const events = seen.get(name)!;
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of (await fetch(url, { headers: { accept: 'text/event-stream' } })).body!) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const frame = text.slice(0, end);
      text = text.slice(end + 2);
      const number = /"bench_event":(\d+)/.exec(frame)?.[1];
      if (number !== undefined && !events.has(Number(number))) events.set(Number(number), performance.now());
      // Ours says when the snapshot is over; the others have nothing before what is live.
      if (/^: here|^(id: .*\n)?event: snapshot_end/.test(frame)) opened();
    }
  }
}

answerQuestions({
  /** Resolves when the stream is live. */
  open: ({ name, url }: { name: string; url: string }) =>
    new Promise<void>((resolve, reject) => {
      seen.set(name, new Map());
      read(name, url, resolve).catch(reject);
    }),
  /** When every set has so many events: by how many milliseconds each of `late` came after the same of `early`. */
  async added({ late, early, events }: { late: string; early: string; events: number }) {
    const [after, before] = [seen.get(late)!, seen.get(early)!];
    while (after.size < events || before.size < events) await new Promise((resolve) => setTimeout(resolve, 5));
    const delays = [...before].map(([number, at]) => ({ at, added: after.get(number)! - at }));
    return delays.sort((a, b) => a.at - b.at).map(({ added }) => added);
  },
});

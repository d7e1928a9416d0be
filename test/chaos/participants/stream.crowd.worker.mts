import { get } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

/**
 * Runs in a thread of its own, so that nothing else the harness does delays what is measured here; imports nothing of the harness,
 * since a thread does not find imports without an extension.
 */
const { url, readers, warmUpMs } = workerData as { url: string; readers: number; warmUpMs: number };

const statusFrame = Buffer.from('event: task_group_status');
const closedFrame = Buffer.from('event: closed');
const modified = Buffer.from('"modified_at":"');
const timeLength = '2026-11-21T12:00:07.000Z'.length;
/** No status frame is longer. */
const longestFrame = 4_096;

const ages: number[] = [];
/** Streams that ended before they were told that nothing more comes. */
let cut = 0;
// A snapshot tells of the past: its status counts as old as it is, so what is older than the crowd is left out.
const since = Date.now() + warmUpMs;

const requests = Array.from({ length: readers }, () => {
  let rest = Buffer.alloc(0);
  let isTold = false;
  const request = get(`${url}.sse`, { headers: { accept: 'text/event-stream' }, agent: false }, (response) => {
    response.on('data', (chunk: Buffer) => {
      const at = Date.now();
      const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      let place = 0;
      for (;;) {
        const frame = bytes.indexOf(statusFrame, place);
        const time = frame < 0 ? -1 : bytes.indexOf(modified, frame);
        if (frame >= 0 && (time < 0 || time + modified.length + timeLength > bytes.length)) place = frame;
        if (time < 0 || time + modified.length + timeLength > bytes.length) break;
        place = time + modified.length;
        const changedAt = Date.parse(bytes.toString('latin1', place, place + timeLength));
        if (changedAt > since) ages.push(at - changedAt);
      }
      isTold ||= bytes.includes(closedFrame);
      rest = Buffer.from(bytes.subarray(Math.max(place, bytes.length - longestFrame)));
    });
    response.on('error', () => undefined);
    response.once('close', () => (cut += isTold ? 0 : 1));
  });
  request.on('error', () => undefined);
  return request;
});

parentPort!.once('message', () => {
  parentPort!.postMessage({ ages: Float64Array.from(ages), cut });
  for (const request of requests) request.destroy();
});

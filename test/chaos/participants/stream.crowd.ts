import { get, type ClientRequest } from 'node:http';

const statusFrame = Buffer.from('event: task_group_status');
const modified = Buffer.from('"modified_at":"');
const timeLength = '2026-11-21T12:00:07.000Z'.length;
/** No status frame is longer. */
const longestFrame = 4_096;

/**
 * Many readers that only look when each change of the group's status reached them: how old it was by `modified_at`. Reading
 * every frame of so many would take more of the machine than the product does.
 */
export class StreamCrowd {
  /** ms from a change to its arrival at one reader. */
  readonly ages: number[] = [];
  readonly #requests: ClientRequest[];

  constructor(url: string, readers: number) {
    // A snapshot tells of the past: its status counts as old as it is, so what is older than the crowd is left out.
    const since = Date.now();
    this.#requests = Array.from({ length: readers }, () => this.#open(url, since));
  }

  close(): void {
    for (const request of this.#requests) request.destroy();
  }

  #open(url: string, since: number): ClientRequest {
    let rest = Buffer.alloc(0);
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
          if (changedAt > since) this.ages.push(at - changedAt);
        }
        rest = Buffer.from(bytes.subarray(Math.max(place, bytes.length - longestFrame)));
      });
      response.on('error', () => undefined);
    });
    request.on('error', () => undefined);
    return request;
  }
}

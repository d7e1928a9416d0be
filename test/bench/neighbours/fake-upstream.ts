import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { newGroupId, newRunId, sampleOutput, sampleRun } from '../rig/sample.groups';
import { answerQuestions } from '../rig/worker';

/** The upstream reduced to what the product asks of it: runs stay queued until they are told to complete, in any speed. */
class Group {
  readonly id = newGroupId();
  readonly runs: { id: string; row: number; completed: boolean }[] = [];
  readonly streams = new Set<ServerResponse>();
  next = 0;
  /** Of the completions still to come, where they were made beforehand. */
  prepared: string[] = [];

  add(count: number): string[] {
    const added = Array.from({ length: count }, (_, i) => ({
      id: newRunId(),
      row: this.runs.length + i,
      completed: false,
    }));
    this.runs.push(...added);
    return added.map(({ id }) => id);
  }

  /** Makes every frame that is to come, so that it costs nothing when it is due. */
  prepare(): void {
    this.prepared = this.runs.map((run) => this.frameOf({ ...run, completed: true }, true));
  }

  /** The frame of the next run that completes. */
  complete(): string {
    this.runs[this.next]!.completed = true;
    return this.prepared[this.next++]!;
  }

  frameOf({ id, row, completed }: { id: string; row: number; completed: boolean }, withOutput: boolean): string {
    const run = sampleRun(id, row, completed ? 'completed' : 'queued');
    const output = completed && withOutput ? sampleOutput(row) : null;
    const event_id = `e${String(row).padStart(12, '0')}`;
    return `data: ${JSON.stringify({ type: 'task_run.state', event_id, run, input: null, output })}\n\n`;
  }

  get status() {
    const [completed, total] = [this.next, this.runs.length];
    const counts = { ...(total > completed && { queued: total - completed }), ...(completed && { completed }) };
    return { num_task_runs: total, task_run_status_counts: counts, is_active: total > completed };
  }
}

const groups = new Map<string, Group>();
const newGroup = (): Group => {
  const group = new Group();
  groups.set(group.id, group);
  return group;
};

async function lengthOf(incoming: IncomingMessage): Promise<number> {
  let text = '';
  for await (const chunk of incoming) text += String(chunk);
  return (JSON.parse(text) as { inputs: unknown[] }).inputs.length;
}

async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(incoming.url!, 'http://upstream');
  const [, id, what] = /\/tasks\/groups(?:\/([^/]+))?(?:\/(\w+))?$/.exec(url.pathname) ?? [];
  const json = (value: unknown) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  if (!id) {
    incoming.resume();
    const group = newGroup();
    return void json({ taskgroup_id: group.id, status: group.status, created_at: new Date().toISOString() });
  }
  const group = groups.get(id)!;
  if (incoming.method === 'POST')
    return void json({ run_ids: group.add(await lengthOf(incoming)), status: group.status });
  if (!what) return void json({ taskgroup_id: id, status: group.status });
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  if (what === 'runs') {
    const withOutput = url.searchParams.get('include_output') === 'true';
    return void response.end(group.runs.map((run) => group.frameOf(run, withOutput)).join(''));
  }
  response.write(': here\n\n');
  group.streams.add(response);
  response.on('close', () => group.streams.delete(response));
}

const server = createServer((incoming, response) => void answer(incoming, response));

answerQuestions({
  async listen() {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  },
  /** A group that is there already, with its runs: for whoever does not buy. */
  newGroup({ runs }: { runs: number }) {
    const group = newGroup();
    group.add(runs);
    return group.id;
  },
  /** Resolves when the group has so many runs and so many followers, and everything is ready to go. */
  async untilFollowed({ id, runs, followers }: { id: string; runs: number; followers: number }) {
    const group = groups.get(id)!;
    while (group.runs.length < runs || group.streams.size < followers)
      await new Promise((resolve) => setTimeout(resolve, 5));
    group.prepare();
  },
  /** Completes all runs as fast as the slowest follower takes them. */
  async completeAll({ id }: { id: string }) {
    const group = groups.get(id)!;
    const drained = async (stream: ServerResponse) => {
      while (stream.writableNeedDrain && !stream.destroyed) await new Promise((resolve) => setTimeout(resolve, 1));
    };
    while (group.next < group.runs.length) {
      // As many in one write as the system hands over in one piece.
      let frames = '';
      while (frames.length < 32_000 && group.next < group.runs.length) frames += group.complete();
      await Promise.all([...group.streams].filter((stream) => !stream.write(frames)).map(drained));
    }
  },
  /**
   * Completes runs at a steady rate over all these groups, by the clock: what was due while this process waited is sent late but
   * not left out.
   */
  async completeAtRate({ ids, perSecond }: { ids: string[]; perSecond: number }) {
    const members = ids.map((id) => groups.get(id)!);
    const total = members.reduce((sum, { runs }) => sum + runs.length, 0);
    const startedAt = performance.now();
    for (let sent = 0; sent < total;) {
      const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1_000) * perSecond));
      for (; sent < due; sent++) {
        const group = members[sent % members.length]!;
        const frame = group.complete();
        for (const stream of group.streams) stream.write(frame);
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  },
});

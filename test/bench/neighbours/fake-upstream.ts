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

  /** As {@link complete}, made now and saying so: for whoever wants to know how long it took from here. */
  completeNow(): string {
    const run = this.runs[this.next++]!;
    run.completed = true;
    return this.frameOf(run, true, new Date().toISOString());
  }

  frameOf(
    { id, row, completed }: { id: string; row: number; completed: boolean },
    withOutput: boolean,
    modified_at?: string,
  ): string {
    const run = { ...sampleRun(id, row, completed ? 'completed' : 'queued'), ...(modified_at && { modified_at }) };
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
  /** Comments on every stream, spread over the pause between two of one stream. */
  ping({ everyMs }: { everyMs: number }) {
    let turn = 0;
    const turns = 20;
    setInterval(() => {
      turn = (turn + 1) % turns;
      let number = 0;
      for (const { streams } of groups.values())
        if (number++ % turns === turn) for (const stream of streams) stream.write(': ping\n\n');
    }, everyMs / turns);
  },
  newGroups({ count }: { count: number }) {
    return Array.from({ length: count }, () => newGroup().id);
  },
  /** How many groups have all their runs and a follower. */
  followed({ runs }: { runs: number }) {
    return [...groups.values()].filter((group) => group.runs.length >= runs && group.streams.size > 0).length;
  },
  async untilBought({ id, runs }: { id: string; runs: number }) {
    while (groups.get(id)!.runs.length < runs) await new Promise((resolve) => setTimeout(resolve, 20));
  },
  /** Completes so many runs a second by the clock, over all groups in turn, each saying when it did. */
  async completeForSeconds({ perSecond, seconds }: { perSecond: number; seconds: number }) {
    const members = [...groups.values()];
    const total = perSecond * seconds;
    const startedAt = performance.now();
    for (let sent = 0; sent < total;) {
      const due = Math.min(total, Math.floor(((performance.now() - startedAt) / 1_000) * perSecond));
      for (; sent < due; sent++) {
        const group = members[sent % members.length]!;
        const frame = group.completeNow();
        for (const stream of group.streams) stream.write(frame);
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
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

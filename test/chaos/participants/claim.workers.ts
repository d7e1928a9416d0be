import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClaimAccount, Completion } from '../claims';

export interface ClaimPlan {
  readonly origin: string;
  readonly token: string;
  readonly perSecond: number;
  readonly seconds: number;
}

/** Calls under way at the same time; at 50 tasks a second each has a second and more for both of its calls. */
const workers = 64;
/** What could not be worked on in time is made up for, but not all at once. */
const hurry = 2;
const enqueuedAtOnce = 1_000;
const pauseMs = 200;
const answerMs = 10_000;
const startMs = 60_000;

interface Answer {
  readonly status: number;
  // Each operation has an answer of its own.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

/** Workers of the durable engine over REST: they claim so many tasks a second, and complete each, whatever becomes of the stores. */
export class ClaimWorkers {
  readonly #plan: ClaimPlan;
  /** Of this crew alone: what an earlier one left undone is not taken for its own. */
  readonly #kind = `chaos ${randomUUID()}`;
  readonly #taken: Completion[] = [];
  readonly #ending = new AbortController();
  #refused = 0;
  #runId = '';
  #begun = 0;
  #work: Promise<unknown> = Promise.resolve();

  private constructor(plan: ClaimPlan) {
    this.#plan = plan;
  }

  /** Resolves when all tasks are there and the first is claimed soon. */
  static async start(plan: ClaimPlan): Promise<ClaimWorkers> {
    const crew = new ClaimWorkers(plan);
    await crew.#enqueue(Date.now() + startMs);
    const since = Date.now();
    crew.#work = Promise.all(Array.from({ length: workers }, (_, i) => crew.#worker(`worker ${i + 1}`, since)));
    return crew;
  }

  /** When every task has ended, or `withinMs` are over. */
  async finish(withinMs: number): Promise<ClaimAccount> {
    const deadline = Date.now() + withinMs;
    let runStatus = '';
    while (runStatus !== 'completed' && Date.now() < deadline) {
      const { run } = (await this.#call('get_run', { runId: this.#runId }, deadline)) ?? {};
      runStatus = run?.status ?? runStatus;
      await sleep(pauseMs);
    }
    await this.stop();
    return {
      tasks: this.#tasks(),
      taken: this.#taken,
      completed: await this.#completed(),
      runStatus,
      refused: this.#refused,
    };
  }

  /** Whoever waits for an answer gets it, or not, within its time. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#work;
  }

  #tasks(): string[] {
    return Array.from({ length: this.#plan.perSecond * this.#plan.seconds }, (_, i) => `task ${i}`);
  }

  async #enqueue(deadline: number): Promise<void> {
    const call = async (operation: string, input: object) => {
      const answer = await this.#call(operation, input, deadline);
      if (!answer) throw new Error(`${operation} was refused, or not answered within ${startMs} ms`);
      return answer;
    };
    const { run } = await call('create_run', { idempotencyKey: randomUUID() });
    this.#runId = run.id;
    const keys = this.#tasks();
    for (let from = 0; from < keys.length; from += enqueuedAtOnce) {
      const tasks = keys.slice(from, from + enqueuedAtOnce).map((key) => ({ kind: this.#kind, key, maxAttempts: 100 }));
      await call('enqueue_tasks', { runId: this.#runId, tasks, idempotencyKey: randomUUID() });
    }
    await call('seal_run', { runId: this.#runId });
  }

  async #worker(workerId: string, since: number): Promise<void> {
    const { perSecond } = this.#plan;
    let last = 0;
    while (!this.#ending.signal.aborted) {
      // Offered by the clock on the wall, not by how soon the one before was done.
      const due = this.#begun < ((Date.now() - since) / 1_000) * perSecond;
      if (!due || Date.now() - last < (1_000 * workers) / (hurry * perSecond)) {
        await sleep(10);
        continue;
      }
      this.#begun++;
      last = Date.now();
      const claimed = await this.#call('claim_next_task', { workerId, kinds: [this.#kind], clientToken: randomUUID() });
      const { task, lease } = claimed?.claim ?? {};
      if (!task) {
        this.#begun--;
        await sleep(pauseMs);
        continue;
      }
      const held = { taskId: task.id, leaseId: lease.id, workerId, clientToken: randomUUID() };
      const done = await this.#call('complete_task', { ...held, output: workerId });
      if (done) this.#taken.push({ task: task.key, lease: lease.id, at: Date.now() });
      else this.#refused++;
    }
  }

  async #completed(): Promise<string[]> {
    const keys = new Map<string, string>();
    const completed: string[] = [];
    for (let cursor: unknown; cursor !== null;) {
      const input = { runId: this.#runId, limit: 1_000, ...(cursor !== undefined && { cursor }) };
      const part = await this.#call('list_run_events', input, Date.now() + 60_000);
      for (const { type, taskId, data } of part?.events ?? []) {
        if (type === 'task.enqueued') keys.set(taskId, data.key);
        if (type === 'task.completed') completed.push(keys.get(taskId) ?? taskId);
      }
      cursor = part?.nextCursor ?? null;
    }
    return completed;
  }

  /** Until it is answered; undefined when it is refused for good, or nobody waits for it any more. */
  // oxlint-disable-next-line typescript/no-explicit-any
  async #call(operation: string, input: object, deadline = Infinity): Promise<any> {
    while (Date.now() < deadline) {
      const answer = await this.#ask(operation, input);
      if (answer?.status === 200) return answer.body;
      if (answer && answer.status < 500 && answer.status !== 429 && !answer.body?.retryable) return undefined;
      if (this.#ending.signal.aborted && operation !== 'list_run_events') return undefined;
      await sleep(pauseMs);
    }
    return undefined;
  }

  async #ask(operation: string, input: object): Promise<Answer | undefined> {
    try {
      const response = await fetch(`${this.#plan.origin}/v1/orchestration/${operation}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${this.#plan.token}`, 'content-type': 'application/json' },
        body: JSON.stringify(input),
        signal: AbortSignal.timeout(answerMs),
      });
      return { status: response.status, body: await response.json() };
    } catch {
      return undefined;
    }
  }
}

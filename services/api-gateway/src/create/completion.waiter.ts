import { setTimeout as sleep } from 'node:timers/promises';
import type { BeforeApplicationShutdown } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import type { GroupReader } from '@multitask/read-model';
import { isActive } from '@multitask/task-group';

export interface RenderedResult {
  readonly contentType: string;
  readonly body: string | Buffer;
}

/** Renders a finished group; undefined when it is too large for a message. */
export type ResultSource = (groupId: string) => Promise<RenderedResult | undefined>;

/** One small statement per waiting call; slower as the wait goes on, since long groups end late. */
const firstPauseMs = 200;
const longestPauseMs = 1_000;

/** Waits for a group's end on behalf of a caller that prefers the result to its URL. */
export class CompletionWaiter implements BeforeApplicationShutdown {
  private readonly stopping = new AbortController();

  constructor(
    private readonly reader: Pick<GroupReader, 'header'>,
    private readonly render: ResultSource,
  ) {}

  /** A caller that still waits gets the URL: its group lives on, this process does not. */
  beforeApplicationShutdown(): void {
    this.stopping.abort();
  }

  /** Undefined when the group is not done within `seconds`, the caller left, this process stops, or the result is too large. */
  async resultOf(groupId: string, seconds: number, request: IncomingMessage): Promise<RenderedResult | undefined> {
    const deadline = performance.now() + seconds * 1_000;
    for (let pause = firstPauseMs; ; pause = Math.min(pause * 1.3, longestPauseMs)) {
      if (await this.isDone(groupId)) return this.render(groupId).catch(() => undefined);
      const left = deadline - performance.now();
      const { signal } = this.stopping;
      if (left <= 0 || request.socket.destroyed || signal.aborted) return undefined;
      await sleep(Math.min(pause, left), undefined, { signal }).catch(() => undefined);
    }
  }

  /** A read model that is away for a moment is no reason to fail a group that was created. */
  private async isDone(groupId: string): Promise<boolean> {
    try {
      const snapshot = await this.reader.header(groupId);
      return snapshot !== undefined && !isActive(snapshot.header);
    } catch {
      return false;
    }
  }
}

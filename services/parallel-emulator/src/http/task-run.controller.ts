import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { TaskRunEngine } from '../engine/task-run.engine';
import { readBody } from '../intake/request-body';
import { acceptRuns } from '../intake/run.intake';
import { runInput } from '../intake/run-input';
import { taskRun } from '../wire/task-run';
import { withoutNulls } from './disguise';
import { GroupFeed } from './group.feed';
import { betasOf, number, type Query as QueryValues } from './query';
import { RunFeed } from './run.feed';
import { StreamOpener } from './stream-opener';
import { occasionOf, visitOf } from './visit';

const defaultResultSeconds = 600;

@Controller('v1/tasks/runs')
export class TaskRunController {
  constructor(
    @Inject(TaskRunEngine) private readonly engine: TaskRunEngine,
    @Inject(GroupFeed) private readonly groups: GroupFeed,
    @Inject(StreamOpener) private readonly streams: StreamOpener,
  ) {}

  @Post()
  @HttpCode(202)
  create(@Req() request: FastifyRequest, @Body() body: unknown) {
    const input = readBody(runInput, body);
    const [accepted] = acceptRuns([input], undefined, () => ['body']);
    const occasion = occasionOf(visitOf(request)!);
    return this.engine.create(this.streams.keyOf(request), accepted!, betasOf(request.headers), occasion);
  }

  @Get(':run')
  get(@Req() request: FastifyRequest, @Param('run') runId: string) {
    return taskRun(this.engine.find(this.streams.keyOf(request), runId));
  }

  @Get(':run/input')
  input(@Req() request: FastifyRequest, @Param('run') runId: string) {
    const run = this.engine.find(this.streams.keyOf(request), runId);
    return this.groups.inputOf(run.runId, run.specId);
  }

  @Get(':run/result')
  async result(@Req() request: FastifyRequest, @Param('run') runId: string, @Query() query: QueryValues) {
    const seconds = Math.min(
      number(query, 'timeout', { whole: true }) ?? defaultResultSeconds,
      this.streams.caps.result,
    );
    const gone = new AbortController();
    const leave = () => gone.abort();
    const { socket } = request.raw;
    socket.once('close', leave);
    // One connection serves many requests: each takes its listener away again.
    const found = this.engine.result(this.streams.keyOf(request), runId, seconds, gone.signal);
    const { run, output } = await found.finally(() => socket.off('close', leave));
    // This endpoint drops null keys and shows metadata even when there is none.
    return { run: { ...withoutNulls(run), metadata: run.metadata ?? {} }, output };
  }
}

@Controller(['v1/tasks/runs', 'v1beta/tasks/runs'])
export class RunEventsController {
  constructor(
    @Inject(TaskRunEngine) private readonly engine: TaskRunEngine,
    @Inject(RunFeed) private readonly feed: RunFeed,
    @Inject(StreamOpener) private readonly streams: StreamOpener,
  ) {}

  @Get(':run/events')
  async events(@Req() request: FastifyRequest, @Res() reply: FastifyReply, @Param('run') runId: string): Promise<void> {
    this.engine.find(this.streams.keyOf(request), runId);
    await this.feed.follow(this.streams.open(request, reply), runId, this.streams.caps.runEvents);
  }
}

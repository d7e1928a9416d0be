import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { TaskGroupEngine } from '../engine/task-group.engine';
import { TaskRunEngine } from '../engine/task-run.engine';
import { readBody } from '../intake/request-body';
import { acceptRuns } from '../intake/run.intake';
import { addRunsBody, createGroupBody } from '../intake/run-input';
import { positionOf } from '../wire/cursor';
import { taskGroup } from '../wire/task-group';
import { runStatuses, taskRun } from '../wire/task-run';
import { GroupFeed } from './group.feed';
import { betasOf, boolean, number, oneOf, text, type Query as QueryValues } from './query';
import { StreamOpener } from './stream-opener';
import { occasionOf, visitOf } from './visit';

@Controller(['v1/tasks/groups', 'v1beta/tasks/groups'])
export class TaskGroupController {
  constructor(
    @Inject(TaskGroupEngine) private readonly engine: TaskGroupEngine,
    @Inject(TaskRunEngine) private readonly runs: TaskRunEngine,
    @Inject(GroupFeed) private readonly feed: GroupFeed,
    @Inject(StreamOpener) private readonly streams: StreamOpener,
  ) {}

  @Post()
  @HttpCode(200)
  create(@Req() request: FastifyRequest, @Body() body: unknown) {
    const { metadata } = readBody(createGroupBody, body);
    const group = this.engine.create(this.streams.keyOf(request), metadata ?? null);
    this.streams.noteGroup(request, group.taskgroup_id);
    return group;
  }

  @Get(':group')
  get(@Req() request: FastifyRequest, @Param('group') groupId: string) {
    return taskGroup(this.engine.find(this.streams.keyOf(request), groupId));
  }

  @Post(':group/runs')
  @HttpCode(200)
  addRuns(
    @Req() request: FastifyRequest,
    @Param('group') groupId: string,
    @Body() body: unknown,
    @Query() query: QueryValues,
  ) {
    boolean(query, 'refresh_status', true);
    const { inputs, default_task_spec } = readBody(addRunsBody, body);
    const owner = this.streams.keyOf(request);
    this.engine.find(owner, groupId);
    const runs = acceptRuns(inputs, default_task_spec, (index) => ['body', 'inputs', index]);
    const occasion = occasionOf(visitOf(request)!);
    return this.engine.addRuns(owner, groupId, { runs, betas: betasOf(request.headers), occasion });
  }

  @Get(':group/runs')
  async listRuns(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('group') groupId: string,
    @Query() query: QueryValues,
  ): Promise<void> {
    const options = {
      after: positionOf('runs', text(query, 'last_event_id')),
      status: oneOf(query, 'status', runStatuses),
      includeInput: boolean(query, 'include_input', false),
      includeOutput: boolean(query, 'include_output', false),
      occasion: occasionOf(visitOf(request)!),
    };
    this.engine.find(this.streams.keyOf(request), groupId);
    await this.feed.snapshot(this.streams.open(request, reply), groupId, options);
  }

  @Get(':group/events')
  async events(
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('group') groupId: string,
    @Query() query: QueryValues,
  ): Promise<void> {
    const after = positionOf('events', text(query, 'last_event_id'));
    const seconds = Math.min(number(query, 'timeout') ?? Infinity, this.streams.caps.groupEvents);
    this.engine.find(this.streams.keyOf(request), groupId);
    await this.feed.follow(this.streams.open(request, reply), groupId, after, seconds);
  }

  @Get(':group/runs/:run')
  getRun(@Req() request: FastifyRequest, @Param('group') groupId: string, @Param('run') runId: string) {
    const owner = this.streams.keyOf(request);
    this.engine.find(owner, groupId);
    return taskRun(this.runs.find(owner, runId, groupId));
  }
}

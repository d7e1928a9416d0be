import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  HttpException,
  Inject,
  Param,
  Post,
  Put,
  Query,
} from '@nestjs/common';
import { z } from 'zod';
import { AccountLedger } from '../engine/account.ledger';
import { EmulatorClock, timestamp } from '../engine/emulator.clock';
import { faultSchema } from '../faults/fault';
import { FaultBook } from '../faults/fault.book';
import { readBody } from '../intake/request-body';
import type { LedgerKind } from '../store/ledger.repository';
import { settingsToken, type EmulatorSettings } from '../settings';
import { fingerprintOf } from '../wire/api-key';
import { LedgerReport } from './ledger.report';
import { number, oneOf, text, type Query as QueryValues } from './query';

const faultsBody = z.strictObject({ faults: z.array(faultSchema).max(1_000) });
const seconds = z.number().min(-3_155_760_000).max(3_155_760_000);
const clockBody = z.strictObject({ offset_seconds: seconds.optional(), advance_seconds: seconds.optional() });
const accountBody = z.strictObject({
  key: z.string().min(1),
  credit_usd: z.number().min(0).nullable().optional(),
  runs_per_minute: z.number().int().min(0).nullable().optional(),
});
const kinds: readonly LedgerKind[] = ['request', 'run', 'event', 'webhook'];

/** Looks behind the scenes and changes them; docs/EMULATOR.md is normative. */
@Controller('_emulator')
export class ControlController {
  constructor(
    @Inject(LedgerReport) private readonly report: LedgerReport,
    @Inject(FaultBook) private readonly faults: FaultBook,
    @Inject(EmulatorClock) private readonly clock: EmulatorClock,
    @Inject(settingsToken) private readonly settings: EmulatorSettings,
    @Inject(AccountLedger) private readonly accounts: AccountLedger,
  ) {}

  @Get()
  about() {
    const { EMULATOR_SPEED, EMULATOR_SEED, EMULATOR_FAILING_RATE } = this.settings;
    const settings = { speed: EMULATOR_SPEED, seed: EMULATOR_SEED, failing_rate: EMULATOR_FAILING_RATE };
    return {
      service: 'parallel-emulator',
      note: 'Answers are invented or looked up; nothing is researched.',
      settings,
    };
  }

  @Get('ledger')
  ledger(@Query() query: QueryValues) {
    const kind = oneOf(query, 'kind', kinds);
    const limit = number(query, 'limit', { whole: true });
    return this.report.page({ group: text(query, 'group'), kind, since: text(query, 'since'), limit });
  }

  @Get('ledger/summary')
  summary(@Query() query: QueryValues) {
    return this.report.summary(text(query, 'group'));
  }

  @Get('faults')
  listFaults() {
    return { faults: this.faults.list() };
  }

  @Put('faults')
  replaceFaults(@Body() body: unknown) {
    this.faults.replace(readBody(faultsBody, body).faults);
    return this.listFaults();
  }

  @Post('faults')
  @HttpCode(200)
  addFaults(@Body() body: unknown) {
    this.faults.add(readBody(faultsBody, body).faults);
    return this.listFaults();
  }

  @Delete('faults')
  clearFaults() {
    this.faults.replace([]);
    return this.listFaults();
  }

  @Delete('faults/:id')
  removeFault(@Param('id') id: string) {
    if (!this.faults.remove(id)) throw new HttpException('No such fault', 404);
    return this.listFaults();
  }

  @Get('clock')
  time() {
    return { now: timestamp(this.clock.now()), offset_seconds: this.clock.offsetMs / 1_000 };
  }

  @Put('clock')
  moveClock(@Body() body: unknown) {
    const { offset_seconds, advance_seconds = 0 } = readBody(clockBody, body);
    const from = offset_seconds === undefined ? this.clock.offsetMs : offset_seconds * 1_000;
    this.clock.move(from + advance_seconds * 1_000);
    return this.time();
  }

  @Get('accounts/:key')
  account(@Param('key') key: string) {
    return this.accounts.find(key);
  }

  @Put('accounts')
  saveAccount(@Body() body: unknown) {
    const { key, ...changes } = readBody(accountBody, body);
    const account = this.accounts.find(fingerprintOf(key));
    this.accounts.save({ ...account, ...changes });
    return this.accounts.find(account.key);
  }
}

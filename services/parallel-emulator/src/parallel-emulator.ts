import type { Service } from '@multitask/platform';
import type { FastifyInstance } from 'fastify';
import { Emulator } from './emulator';
import { EmulatorModule } from './emulator.module';
import { FailureFilter } from './http/failure.filter';
import { receive } from './http/reception';
import { emulatorSettings, type EmulatorSettings } from './settings';

const mebibyte = 1024 * 1024;

/** A local Parallel Task API, for the demo and the tests. */
export const parallelEmulator: Service<EmulatorSettings> = {
  name: 'parallel-emulator',
  config: emulatorSettings,
  module: (context) => EmulatorModule.with(context),
  http: {
    // 1,000 inputs of 25,000 characters, of up to four bytes each, with room for the rest.
    bodyLimit: 112 * mebibyte,
    async configure(app, { config, logger, health }) {
      const emulator = app.get(Emulator);
      const { ledger, faults, ids } = emulator;
      health.addReadiness('data file', () => emulator.check());
      app.useGlobalFilters(new FailureFilter(ids, logger));
      const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
      receive(fastify, { ledger, faults, ids, bearer: config.EMULATOR_BEARER });
    },
  },
};

import type { DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { z } from 'zod';
import type { BusinessClock } from './business-clock';
import type { Environment } from './config';
import type { Health } from './health';
import type { AllowedMethods } from './http/allowed-methods';
import type { ProblemFilter } from './http/problem.filter';
import type { Logger } from './logging';
import type { Metrics } from './metrics';

/** What the platform hands to a service when it is built. */
export interface ServiceContext<C> {
  readonly config: C;
  readonly logger: Logger;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly clock: BusinessClock;
}

/**
 * One deployable service. `main.ts` runs it alone, `standalone` runs all of them in one process.
 * `config` turns the environment into settings; `module` wires Nest; resources are opened and closed by Nest's
 * lifecycle hooks (`onModuleInit`, `onApplicationShutdown`), never at import.
 */
export interface Service<C = unknown> {
  readonly name: string;
  readonly config: z.ZodType<C>;
  module(context: ServiceContext<C>): DynamicModule;
  /** Serves HTTP on HOST:PORT. Services without it only have the operations port. */
  readonly http?: HttpOptions<C>;
}

export interface HttpOptions<C> {
  /** Bytes; larger bodies get 413. */
  readonly bodyLimit?: number;
  /** Milliseconds a request, body included, may take to arrive; default 120,000, then 408. */
  readonly requestTimeoutMs?: number;
  /** Milliseconds its headers may take, and a third of that more; default 15,000, as no honest client needs more than a moment. */
  readonly headersTimeoutMs?: number;
  /** Answers failures in more formats than JSON; without it, {@link ProblemFilter} does. */
  problemFilter?(context: ServiceContext<C>, allowedMethods: AllowedMethods): ProblemFilter;
  /** Fastify plugins, content-type parsers and hooks, before the application listens. */
  configure?(app: NestFastifyApplication, context: ServiceContext<C>): Promise<void>;
}

export interface RunningService {
  readonly name: string;
  /** The public port, or undefined for a service without HTTP. */
  readonly port: number | undefined;
  readonly opsPort: number;
  readonly health: Health;
  /** Stops taking work, finishes or hands over what is under way, and closes every connection. */
  close(): Promise<void>;
}

export type StartService = <C>(
  service: Service<C>,
  env: Environment,
  options?: StartOptions,
) => Promise<RunningService>;

export interface StartOptions {
  /** Default metrics of the process belong to one registry only; standalone gives them to one of its services. */
  readonly processMetrics?: boolean;
}

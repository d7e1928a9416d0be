export { BusinessClock } from './business-clock';
export {
  commonSettings,
  ConfigurationError,
  flag,
  integer,
  natsSettings,
  parseSettings,
  postgresSettings,
  type Environment,
} from './config';
export { Health, type HealthReport } from './health';
export { createLogger, NestLogger, type Logger, type LogFormat } from './logging';
export { latencyBuckets, Metrics } from './metrics';
export type { HttpOptions, RunningService, Service, ServiceContext, StartOptions } from './service';
export { runService, startService } from './service-runner';

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
export { CallerResolver } from './http/caller';
export { foreseen } from './http/fault';
export type { AllowedMethods } from './http/allowed-methods';
export { ProblemFilter } from './http/problem.filter';
export { proxySettings, trustedProxies } from './http/trusted-proxies';
export { createLogger, NestLogger, type Logger, type LogFormat } from './logging';
export { latencyBuckets, Metrics } from './metrics';
export type { HttpOptions, RunningService, Service, ServiceContext, StartOptions } from './service';
export { runService } from './service-process';
export { startService } from './service-runner';
export { currentTrace, traceparent, withTrace } from './trace/trace-context';
export { formatTraceparent, nextStep, parseTraceparent, type Trace } from './trace/traceparent';

export { cacheFolder } from './cache-folder';
export { startChild, type Child, type ChildOptions, type Exit } from './child-process';
export { freePort } from './free-port';
export { startNats, type NatsOptions, type RunningNats } from './nats';
export { findNatsServer, NatsServerNotFound, type FindNatsOptions, type NatsServer } from './nats-server.finder';
export { removePostgres, startPostgres, type PostgresOptions, type RunningPostgres } from './postgres';

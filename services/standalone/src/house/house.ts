import type { Environment } from '@multitask/platform';
import type { Target } from '../front-door/targets';
import type { ServiceName } from './service-names';

/** What a way of running services needs to know of one replica. */
export interface ReplicaPlan {
  readonly service: ServiceName;
  /** Counted from 1. */
  readonly replica: number;
  /** `port` 0 takes a free one. */
  environment(ports: { port: number; opsPort: number }): Environment;
  /** 0 takes a free one. */
  readonly port: number;
}

/** The running services of a local start, in one process or in many. */
export interface House {
  /** Starts a replica and resolves with its public address, if it has one, once it is ready. */
  start(plan: ReplicaPlan): Promise<Target | undefined>;
  /** Starts every replica of this service anew, with the code that is on disk now. */
  restart(service: ServiceName): Promise<void>;
  /** Lets everything finish what it has in hand; resolves within `timeoutMs` and a little. */
  stop(timeoutMs: number): Promise<void>;
}

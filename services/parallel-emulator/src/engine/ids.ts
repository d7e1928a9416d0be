import { randomBytes, randomUUID } from 'node:crypto';

/** Names of new things. Random, not seeded: an id is a capability, and two data files must never share one. */
export interface Ids {
  group(): string;
  run(): string;
  reference(): string;
  webhookEvent(): string;
}

const hex = () => randomBytes(16).toString('hex');

export const randomIds: Ids = {
  group: () => `tgrp_${hex()}`,
  run: () => `trun_${hex()}`,
  reference: () => randomUUID(),
  webhookEvent: () => `whevent_${hex()}`,
};

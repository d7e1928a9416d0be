import type { Migration } from 'kysely/migration';
import * as schemas from './0001-schemas';
import * as read from './0002-read';
import * as notify from './0003-notify';
import * as truth from './0004-truth';
import * as notifyFacts from './0005-notify-facts';
import * as groupFacts from './0006-group-facts';
import * as logWatch from './0007-log-watch';

/** Every migration in order. Never changed once released: a new one is added. Never run down: each release leaves the last one working. */
export const migrations: Record<string, Migration> = {
  '0001-schemas': schemas,
  '0002-read': read,
  '0003-notify': notify,
  '0004-truth': truth,
  '0005-notify-facts': notifyFacts,
  '0006-group-facts': groupFacts,
  '0007-log-watch': logWatch,
};

/** The index on `due_at` is the scheduler's queue: it holds active runs only and outlives a restart. */
export const schema = `
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS task_group (
  group_id TEXT PRIMARY KEY, owner TEXT NOT NULL, metadata TEXT, created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL,
  accepted INTEGER NOT NULL DEFAULT 0, last_ordinal INTEGER NOT NULL DEFAULT 0, last_event INTEGER NOT NULL DEFAULT 0,
  counts TEXT NOT NULL DEFAULT '{}'
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS task_spec (spec_id TEXT PRIMARY KEY, spec TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS task_run (
  number INTEGER PRIMARY KEY, run_id TEXT NOT NULL UNIQUE, group_id TEXT, ordinal INTEGER, owner TEXT NOT NULL,
  status TEXT NOT NULL, processor TEXT NOT NULL, created_at INTEGER NOT NULL, modified_at INTEGER NOT NULL,
  metadata TEXT, input TEXT NOT NULL, spec_id TEXT, betas TEXT, warnings TEXT, error TEXT, output TEXT,
  due_at INTEGER, start_at INTEGER NOT NULL, finish_at INTEGER NOT NULL, ending TEXT NOT NULL, twist TEXT
);
CREATE INDEX IF NOT EXISTS task_run_due ON task_run (due_at) WHERE due_at IS NOT NULL;
CREATE UNIQUE INDEX IF NOT EXISTS task_run_listed ON task_run (group_id, ordinal) WHERE ordinal IS NOT NULL;
CREATE INDEX IF NOT EXISTS task_run_group_due ON task_run (group_id, finish_at) WHERE due_at IS NOT NULL;

CREATE TABLE IF NOT EXISTS group_event (
  group_id TEXT NOT NULL, seq INTEGER NOT NULL, run_id TEXT, status TEXT, at INTEGER NOT NULL,
  PRIMARY KEY (group_id, seq)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS ledger (
  id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, closed_at INTEGER, kind TEXT NOT NULL,
  group_id TEXT, run_id TEXT, key TEXT, body TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS ledger_group ON ledger (group_id, id);

CREATE TABLE IF NOT EXISTS webhook_delivery (
  event_id TEXT PRIMARY KEY, run_id TEXT NOT NULL, url TEXT NOT NULL, attempt INTEGER NOT NULL DEFAULT 0,
  first_at INTEGER NOT NULL, due_at INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS webhook_delivery_due ON webhook_delivery (due_at);

CREATE TABLE IF NOT EXISTS account (
  key TEXT PRIMARY KEY, credit_usd REAL, reserved_usd REAL NOT NULL DEFAULT 0, runs_per_minute INTEGER
) WITHOUT ROWID;
`;

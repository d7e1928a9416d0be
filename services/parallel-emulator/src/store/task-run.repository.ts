import type { Ending } from '../engine/run.plan';
import type { RunInput, TaskSpec } from '../intake/run-input';
import type { ErrorObject } from '../wire/api-error';
import type { Metadata, RunRecord, RunStatus, Warning } from '../wire/task-run';
import { json, parsed, type Database, type Row } from './database';

/** What faults decided about one run when it was accepted. */
export interface RunTwist {
  readonly message?: string;
  readonly outputBytes?: number;
}

/** A run with what only the emulator knows: its plan. */
export interface PlannedRun extends RunRecord {
  readonly number: number;
  readonly dueAt: number | null;
  readonly startAt: number;
  readonly finishAt: number;
  readonly ending: Ending;
  readonly specId: string | null;
  readonly betas: readonly string[];
  readonly twist: RunTwist;
}

export type NewRun = Omit<PlannedRun, 'number' | 'modifiedAt' | 'error'> & { readonly input: RunInput };

export class TaskRunRepository {
  private readonly specs = new Map<string, TaskSpec>();

  constructor(private readonly db: Database) {}

  insert(run: NewRun): void {
    this.db.run(
      `INSERT INTO task_run (run_id, group_id, ordinal, owner, status, processor, created_at, modified_at, metadata, input, spec_id,
         betas, warnings, due_at, start_at, finish_at, ending, twist)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      run.runId,
      run.groupId,
      run.ordinal,
      run.owner,
      run.status,
      run.processor,
      run.createdAt,
      run.createdAt,
      json(run.metadata),
      JSON.stringify(run.input),
      run.specId,
      run.betas.length > 0 ? JSON.stringify(run.betas) : null,
      json(run.warnings),
      run.dueAt === null ? null : Math.ceil(run.dueAt),
      Math.ceil(run.startAt),
      Math.ceil(run.finishAt),
      run.ending,
      Object.keys(run.twist).length > 0 ? JSON.stringify(run.twist) : null,
    );
  }

  find(runId: string): PlannedRun | undefined {
    const row = this.db.get(`SELECT ${columns} FROM task_run WHERE run_id = ?`, runId);
    return row && toRun(row);
  }

  due(now: number, limit: number): PlannedRun[] {
    return this.db
      .all(`SELECT ${columns} FROM task_run WHERE due_at <= ? ORDER BY due_at, number LIMIT ?`, now, limit)
      .map(toRun);
  }

  nextDueAt(): number | undefined {
    const row = this.db.get('SELECT min(due_at) AS at FROM task_run WHERE due_at IS NOT NULL');
    return row?.at == null ? undefined : Number(row.at);
  }

  /** When the active runs of a group end, the latest first. */
  busyUntil(groupId: string, limit: number): number[] {
    const sql =
      'SELECT finish_at FROM task_run WHERE group_id = ? AND due_at IS NOT NULL ORDER BY finish_at DESC LIMIT ?';
    return this.db.all(sql, groupId, limit).map((row) => Number(row.finish_at));
  }

  list(run: PlannedRun, ordinal: number): void {
    const dueAt = run.startAt;
    this.db.run('UPDATE task_run SET ordinal = ?, due_at = ? WHERE number = ?', ordinal, dueAt, run.number);
  }

  start(run: PlannedRun, at: number): void {
    this.db.run(
      "UPDATE task_run SET status = 'running', modified_at = ?, due_at = finish_at WHERE number = ?",
      at,
      run.number,
    );
  }

  finish(run: PlannedRun, at: number, outcome: { status: RunStatus; output?: string; error?: ErrorObject }): void {
    this.db.run(
      'UPDATE task_run SET status = ?, modified_at = ?, due_at = NULL, output = ?, error = ? WHERE number = ?',
      outcome.status,
      at,
      outcome.output ?? null,
      json(outcome.error),
      run.number,
    );
  }

  inputOf(runId: string): RunInput {
    return JSON.parse(String(this.db.get('SELECT input FROM task_run WHERE run_id = ?', runId)!.input)) as RunInput;
  }

  outputOf(runId: string): unknown {
    return parsed(this.db.get('SELECT output FROM task_run WHERE run_id = ?', runId)?.output);
  }

  listedAfter(groupId: string, page: { after: number; upTo: number; status?: RunStatus; limit: number }): PlannedRun[] {
    const filter = page.status === undefined ? '' : 'AND status = ?';
    const sql = `SELECT ${columns} FROM task_run WHERE group_id = ? AND ordinal > ? AND ordinal <= ? ${filter} ORDER BY ordinal LIMIT ?`;
    const values = [groupId, page.after, page.upTo, ...(page.status === undefined ? [] : [page.status]), page.limit];
    return this.db.all(sql, ...values).map(toRun);
  }

  total(): number {
    return Number(this.db.get('SELECT coalesce(max(number), 0) AS total FROM task_run')!.total);
  }

  saveSpec(specId: string, spec: TaskSpec): void {
    this.db.run('INSERT OR IGNORE INTO task_spec (spec_id, spec) VALUES (?, ?)', specId, JSON.stringify(spec));
  }

  /** The same object for the same spec, as long as it is among those used of late. */
  specOf(specId: string | null): TaskSpec | undefined {
    if (specId === null) return undefined;
    const known = this.specs.get(specId);
    if (known) return known;
    const row = this.db.get('SELECT spec FROM task_spec WHERE spec_id = ?', specId);
    const spec = parsed<TaskSpec>(row?.spec) ?? undefined;
    if (this.specs.size >= specsKept) this.specs.clear();
    if (spec) this.specs.set(specId, spec);
    return spec;
  }
}

/** A spec and its compiled schema take about 100 KiB at most. */
const specsKept = 200;

/** Everything but inputs and outputs, which may be large and are read one by one. */
const columns = `number, run_id, group_id, ordinal, owner, status, processor, created_at, modified_at, metadata, spec_id, betas,
  warnings, error, due_at, start_at, finish_at, ending, twist`;

const nullable = (value: string | number | null | undefined) => (value == null ? null : Number(value));

const toRun = (row: Row): PlannedRun => ({
  number: Number(row.number),
  runId: String(row.run_id),
  groupId: row.group_id as string | null,
  ordinal: nullable(row.ordinal),
  owner: String(row.owner),
  status: row.status as RunStatus,
  processor: String(row.processor),
  createdAt: Number(row.created_at),
  modifiedAt: Number(row.modified_at),
  metadata: parsed<Metadata>(row.metadata),
  specId: row.spec_id as string | null,
  betas: parsed<string[]>(row.betas) ?? [],
  warnings: parsed<Warning[]>(row.warnings),
  error: parsed<ErrorObject>(row.error),
  dueAt: nullable(row.due_at),
  startAt: Number(row.start_at),
  finishAt: Number(row.finish_at),
  ending: row.ending as Ending,
  twist: parsed<RunTwist>(row.twist) ?? {},
});

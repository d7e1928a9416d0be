import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Row } from './records';

export type StatementWatch = (sql: string, when: 'before' | 'after') => void;

/** Prepared statements of one connection, each compiled once: preparing costs as much as running most of them. */
export class Statements {
  private readonly prepared = new Map<string, StatementSync>();

  constructor(
    private readonly database: DatabaseSync,
    private readonly watch?: StatementWatch,
  ) {}

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.watched(sql, () => this.of(sql).all(...values) as Row[]);
  }

  one(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.watched(sql, () => this.of(sql).get(...values) as Row | undefined);
  }

  run(sql: string, ...values: SQLInputValue[]): number {
    return this.watched(sql, () => Number(this.of(sql).run(...values).changes));
  }

  exec(sql: string): void {
    this.watched(sql, () => this.database.exec(sql));
  }

  private watched<T>(sql: string, work: () => T): T {
    if (!this.watch) return work();
    this.watch(sql, 'before');
    const result = work();
    this.watch(sql, 'after');
    return result;
  }

  private of(sql: string): StatementSync {
    let statement = this.prepared.get(sql);
    if (!statement) this.prepared.set(sql, (statement = this.database.prepare(sql)));
    return statement;
  }
}

/** `?` for each of so many values; lists are cut to a few lengths, so that their statements can be kept. */
export const marks = (count: number): string => Array.from({ length: count }, () => '?').join(', ');

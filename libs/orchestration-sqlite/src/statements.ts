import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Row } from './records';

/** Prepared statements of one connection, each compiled once: preparing costs as much as running most of them. */
export class Statements {
  private readonly prepared = new Map<string, StatementSync>();

  constructor(private readonly database: DatabaseSync) {}

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.of(sql).all(...values) as Row[];
  }

  one(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.of(sql).get(...values) as Row | undefined;
  }

  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.of(sql).run(...values).changes);
  }

  exec(sql: string): void {
    this.database.exec(sql);
  }

  private of(sql: string): StatementSync {
    let statement = this.prepared.get(sql);
    if (!statement) this.prepared.set(sql, (statement = this.database.prepare(sql)));
    return statement;
  }
}

/** `?` for each of so many values; lists are cut to a few lengths, so that their statements can be kept. */
export const marks = (count: number): string => Array.from({ length: count }, () => '?').join(', ');

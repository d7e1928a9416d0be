// SQLite for browsers (sql.js), which the gateway serves under this name.
export interface SqliteStatement {
  step(): boolean;
  get(parameters: null, options: { useBigInt: true }): (bigint | number | string | Uint8Array | null)[];
  getColumnNames(): string[];
}
export interface SqliteDatabase {
  iterateStatements(sql: string): Iterable<SqliteStatement>;
  getRowsModified(): number;
  close(): void;
}
export default function open(options: {
  wasmBinary: ArrayBuffer;
}): Promise<{ Database: new (file: Uint8Array) => SqliteDatabase }>;

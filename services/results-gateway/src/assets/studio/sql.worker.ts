// SQLite in a thread of its own: a question that takes long holds up nothing, and can be stopped.
import openSqlite, { type SqliteDatabase, type SqliteStatement } from '../vendor/sqlite';
import { KeptResult } from './kept.result';
import type { Answered, Asked, Cell, Opened, Question, Questions, Ran } from './messages';

interface Port {
  postMessage(message: Answered): void;
  onmessage: ((message: MessageEvent<Asked>) => void) | null;
}
const port = self as unknown as Port;

const [address, integrity] = decodeURIComponent(location.hash.slice(1)).split(' ');
const engine = fetch(address!, { integrity: integrity! })
  .then((answer) => answer.arrayBuffer())
  .then((wasmBinary) => openSqlite({ wasmBinary }));

let database: SqliteDatabase | undefined;
let kept = new KeptResult();

const answers: {
  [Q in Question]: (ask: Questions[Q]['ask']) => Questions[Q]['answer'] | Promise<Questions[Q]['answer']>;
} = {
  open: async ({ file }) => {
    const { Database } = await engine;
    database?.close();
    database = new Database(new Uint8Array(file));
    return opened();
  },
  run: ({ sql }) => run(sql),
  rows: ({ from, to }) => kept.rows.slice(from, to),
  chart: (ask) => kept.chart(ask),
  write: ({ format }) => kept.write(format),
};

/** One after the other: what is asked while the file is still being opened waits for it. */
let turn: Promise<void> = Promise.resolve();
port.onmessage = ({ data }) => void (turn = turn.then(() => answer(data)));

async function answer({ id, question, ask }: Asked): Promise<void> {
  try {
    port.postMessage({ id, answer: await (answers[question] as (ask: unknown) => unknown)(ask) });
  } catch (error) {
    port.postMessage({ id, failure: error instanceof Error ? error.message : String(error) });
  }
}

function run(sql: string): Ran {
  const started = performance.now();
  const before = changes();
  let result: KeptResult | undefined;
  for (const statement of database!.iterateStatements(sql)) {
    const columns = statement.getColumnNames();
    if (columns.length === 0) {
      while (statement.step());
      continue;
    }
    result = new KeptResult(columns);
    while (statement.step()) if (!result.add(cellsOf(statement))) break;
  }
  kept = result ?? new KeptResult();
  return kept.told(performance.now() - started, changes() - before);
}

/** Without the answer of what was asked before. */
function query(sql: string): Cell[][] {
  const rows: Cell[][] = [];
  for (const statement of database!.iterateStatements(sql)) while (statement.step()) rows.push(cellsOf(statement));
  return rows;
}

const changes = (): number => Number(query('select total_changes()')[0]![0]);

function opened(): Opened {
  const tables = query(
    `select name, type from sqlite_schema where type in ('table', 'view') and name not like 'sqlite%' order by type, rowid`,
  ).map(([name, kind]) => ({
    name: String(name),
    kind: kind as 'table' | 'view',
    rows: kind === 'view' ? null : Number(query(`select count(*) from ${quoted(String(name))}`)[0]![0]),
    columns: query(`select name, type from pragma_table_info(${text(String(name))})`).map(([column, type]) => ({
      name: String(column),
      type: String(type ?? ''),
    })),
  }));
  const names = tables.find(({ name }) => name === 'details')!.columns.map(({ name }) => name);
  const [values] = query('select * from details');
  return { tables, details: Object.fromEntries(names.map((name, index) => [name, values![index]!])) };
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

const cellsOf = (statement: SqliteStatement): Cell[] => statement.get(null, { useBigInt: true }).map(cell);

function cell(value: bigint | number | string | Uint8Array | null): Cell {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Uint8Array)
    return `x'${[...value.subarray(0, 64)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}${value.length > 64 ? '…' : ''}'`;
  return value;
}

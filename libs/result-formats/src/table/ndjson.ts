import { resultRow } from '../json/result.json';
import type { ResultPage } from '../query/result-page';

/** One flat row a line. */
export function* ndjsonResult({ rows, query }: ResultPage): Generator<string> {
  for (const row of rows) yield `${JSON.stringify(resultRow(row, query.fields))}\n`;
}

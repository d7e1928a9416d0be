import { written, type Document, type PageHead } from '../document/passes';
import { resultRow } from '../json/result.json';
import type { ResultPage } from '../query/result-page';

/** One flat row a line. */
export const ndjsonDocument = ({ query }: PageHead): Document => [
  { before: '', row: (row) => `${JSON.stringify(resultRow(row, query.fields))}\n`, after: '' },
];

export const ndjsonResult = (page: ResultPage): Generator<string> => written(ndjsonDocument(page), page.rows);

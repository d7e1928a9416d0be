import { createHash } from 'node:crypto';
import { Client } from 'pg';

/** Statements differ in which parts of them are there; far more than there are would mean that values got into their text. */
const mostPrepared = 500;

const names = new Map<string, string>();

function nameOf(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= mostPrepared) return known;
  const name = `o_${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`;
  names.set(text, name);
  return name;
}

type Query = (...given: unknown[]) => never;

/** Has Postgres read and plan each statement once for every connection: for most of ours that costs more than to carry them out. */
export class PreparedClient extends Client {
  override query: Query = ((...given: unknown[]) => {
    const query = Client.prototype.query.bind(this) as Query;
    const [text, values] = given;
    if (typeof text !== 'string' || !Array.isArray(values) || values.length === 0) return query(...given);
    const name = nameOf(text);
    return name === undefined ? query(...given) : query({ name, text, values }, ...given.slice(2));
  }) as Query;
}

import type { ResultQuery } from './results';

/** The query of a result's URL, with its question mark; empty for the whole result. */
export function searchOf({ status, fields, basis, limit, cursor }: ResultQuery): string {
  const search = new URLSearchParams();
  for (const one of status ?? []) search.append('status', one);
  for (const one of fields ?? []) search.append('fields', one);
  if (basis !== undefined) search.set('basis', basis);
  if (limit !== undefined) search.set('limit', String(limit));
  if (cursor !== undefined) search.set('cursor', cursor);
  const text = search.toString();
  return text && `?${text}`;
}

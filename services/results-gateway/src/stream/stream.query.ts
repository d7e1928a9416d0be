import { invalid, type QueryParameters } from '@multitask/result-formats';
import type { FastifyRequest } from 'fastify';

export interface StreamQuery {
  /** The last id the reader has, as it was given. */
  readonly after: string | undefined;
  /** Stay for generations after the one that is going on. */
  readonly follow: boolean;
}

/**
 * The header counts before the query: a browser that reconnects sends the newer id there and keeps the old URL.
 * Throws `invalid_field`.
 */
export function streamQuery(query: QueryParameters, { headers }: Pick<FastifyRequest, 'headers'>): StreamQuery {
  const header = headers['last-event-id'];
  const after = text('after', query.after) ?? text('last_event_id', query.last_event_id);
  return { after: (typeof header === 'string' && header) || after || undefined, follow: flag('follow', query.follow) };
}

type Parameter = QueryParameters[string];

function text(name: string, value: Parameter): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw invalid(name, 'Give it once.');
}

function flag(name: string, value: Parameter): boolean {
  if (value === undefined || value === 'false') return false;
  if (value === 'true' || value === '') return true;
  throw invalid(name, 'Use true or false.');
}

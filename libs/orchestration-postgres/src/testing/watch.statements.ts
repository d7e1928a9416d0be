import type { Pool, PoolClient } from 'pg';

type Watch = (sql: string, when: 'before' | 'after', client: PoolClient) => void | Promise<void>;

/** Calls `watch` before and after each statement of every connection of the pool; what it throws is thrown there. */
export function watchStatements(pool: Pool, watch: Watch): void {
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...args: unknown[]) => Promise<unknown>;
    const watched = async (...args: unknown[]) => {
      const text = typeof args[0] === 'string' ? args[0] : (args[0] as { text: string }).text;
      await watch(text, 'before', client);
      const result = await query(...args);
      await watch(text, 'after', client);
      return result;
    };
    client.query = watched as never;
  });
}

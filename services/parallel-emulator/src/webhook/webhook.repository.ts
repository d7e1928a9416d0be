import type { Database, Row } from '../store/database';

export interface Delivery {
  readonly eventId: string;
  readonly runId: string;
  readonly url: string;
  readonly attempt: number;
  readonly firstAt: number;
  readonly dueAt: number;
}

/** Webhooks that are still to be delivered. */
export class WebhookRepository {
  constructor(private readonly db: Database) {}

  add(delivery: Delivery): void {
    this.db.run(
      'INSERT INTO webhook_delivery (event_id, run_id, url, attempt, first_at, due_at) VALUES (?, ?, ?, ?, ?, ?)',
      delivery.eventId,
      delivery.runId,
      delivery.url,
      delivery.attempt,
      delivery.firstAt,
      delivery.dueAt,
    );
  }

  due(now: number, limit: number): Delivery[] {
    return this.db
      .all('SELECT * FROM webhook_delivery WHERE due_at <= ? ORDER BY due_at LIMIT ?', now, limit)
      .map(toDelivery);
  }

  nextDueAt(): number | undefined {
    const at = this.db.get('SELECT min(due_at) AS at FROM webhook_delivery')?.at;
    return at == null ? undefined : Number(at);
  }

  postpone(eventId: string, attempt: number, dueAt: number): void {
    this.db.run('UPDATE webhook_delivery SET attempt = ?, due_at = ? WHERE event_id = ?', attempt, dueAt, eventId);
  }

  remove(eventId: string): void {
    this.db.run('DELETE FROM webhook_delivery WHERE event_id = ?', eventId);
  }
}

const toDelivery = (row: Row): Delivery => ({
  eventId: String(row.event_id),
  runId: String(row.run_id),
  url: String(row.url),
  attempt: Number(row.attempt),
  firstAt: Number(row.first_at),
  dueAt: Number(row.due_at),
});

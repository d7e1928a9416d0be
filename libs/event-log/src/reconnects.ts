import type { NatsConnection } from '@nats-io/transport-node';

/** The connection broke while an answer was awaited: nobody knows what became of the question. */
export class ConnectionLostError extends Error {
  override readonly name = 'ConnectionLostError';
}

/** Tells when the connection was lost and when it came back: what was asked before is not answered any more. */
export class Reconnects {
  private readonly onLoss = new Set<() => void>();
  private readonly onReturn = new Set<() => void>();
  private connected = true;

  constructor(connection: NatsConnection) {
    void this.watch(connection);
  }

  /** Calls the listener each time the connection comes back; returns how to stop that. */
  listen(listener: () => void): () => void {
    this.onReturn.add(listener);
    return () => this.onReturn.delete(listener);
  }

  /**
   * Resolves at once while connected, else with the next connection or when the time is up. The client keeps what is sent
   * meanwhile and sends it later, when nobody may want it any more: what must not come late waits here instead.
   */
  connection(timeoutMs: number): Promise<void> {
    if (this.connected) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        stop();
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      const stop = this.listen(done);
    });
  }

  /** The answer, or {@link ConnectionLostError} as soon as there is no connection: the client would wait for its timeout. */
  async answer<T>(ask: () => Promise<T>): Promise<T> {
    if (!this.connected) throw new ConnectionLostError('not connected');
    let lose: () => void = () => undefined;
    const lost = new Promise<never>((_, reject) => {
      lose = () => reject(new ConnectionLostError('the connection broke'));
      this.onLoss.add(lose);
    });
    try {
      return await Promise.race([ask(), lost]);
    } finally {
      this.onLoss.delete(lose);
    }
  }

  private async watch(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') {
        this.connected = false;
        for (const lose of [...this.onLoss]) lose();
      } else if (status.type === 'reconnect') {
        this.connected = true;
        for (const listener of [...this.onReturn]) listener();
      }
    }
  }
}

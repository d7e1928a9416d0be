import type { NatsConnection } from '@nats-io/transport-node';

/** Tells when the connection came back: whatever was asked or awaited before may have been lost. */
export class Reconnects {
  private readonly listeners = new Set<() => void>();
  private connected = true;

  constructor(connection: NatsConnection) {
    void this.watch(connection);
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

  /** Returns how to stop listening. */
  listen(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private async watch(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') this.connected = false;
      if (status.type !== 'reconnect') continue;
      this.connected = true;
      for (const listener of [...this.listeners]) listener();
    }
  }
}

import type { NatsConnection } from "@nats-io/transport-node";

export interface ConnectionEvents {
  onLost(): void;
  onBack(): void;
  /** The connection was given up for good by the client, as when credentials are refused on a reconnect. */
  onClosed(error: Error): void;
}

/** Follows a connection through its outages, so that nobody asks a server that is not there. */
export class ConnectionWatch {
  #up = true;
  #closed: Error | null = null;
  #waiting: (() => void)[] = [];

  constructor(connection: NatsConnection, events: ConnectionEvents) {
    void this.#follow(connection, events);
    void connection.closed().then((reason) => {
      this.#closed = reason instanceof Error ? reason : new Error("the connection to the NATS server was closed");
      this.#release();
      if (reason instanceof Error) events.onClosed(reason);
    });
  }

  /** Resolves when the connection is up, at once where it is; throws when it is closed. */
  async connected(): Promise<void> {
    while (!this.#up && this.#closed === null) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.#closed !== null) throw this.#closed;
  }

  async #follow(connection: NatsConnection, events: ConnectionEvents): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === "disconnect") {
        this.#up = false;
        events.onLost();
      } else if (status.type === "reconnect") {
        this.#up = true;
        this.#release();
        events.onBack();
      }
    }
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

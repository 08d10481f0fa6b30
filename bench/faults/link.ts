/** A TCP link on loopback between two real programs that can be cut, slowed and garbled while it is in use. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** What becomes of the bytes. */
export type Manner =
  | "through"
  /** Whoever asks is turned away at once. */
  | "refused"
  /** Whoever asks is let in and hears nothing. */
  | "silent"
  /** Every piece comes late, by up to `LATE_MS_MAX`. */
  | "slow"
  /** What is sent arrives; the answer does not, the connection breaks instead. */
  | "unanswered";

const LATE_MS_MAX = 400;

export interface Link {
  readonly port: number;
  manner: Manner;
  /** Breaks every connection there is. */
  cut(): void;
  close(): Promise<void>;
}

/** Changes what the server says to a client on its way; a new one for each connection. */
export type Garble = () => (chunk: Buffer) => Buffer;

/** Opens a link to a port on loopback; the bytes of the server go through `garble` where there is one. */
export async function openLink(targetPort: number, garble?: Garble): Promise<Link> {
  const sockets = new Set<Socket>();
  const link: Link = {
    port: 0,
    manner: "through",
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    async close() {
      link.cut();
      server.close();
      await once(server, "close");
    },
  };
  const server = createServer((client) => {
    if (link.manner === "refused") return void client.destroy();
    const target = connect({ host: "127.0.0.1", port: targetPort });
    const change = garble?.();
    const both = [client, target];
    for (const socket of both) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        for (const other of both) other.destroy();
      });
    }
    client.on("data", (chunk) => pass(link, chunk, target));
    target.on("data", (chunk) => {
      if (link.manner === "unanswered") for (const socket of both) socket.destroy();
      else pass(link, change === undefined ? chunk : change(chunk), client);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(link, { port: (server.address() as AddressInfo).port });
}

/** Pieces of one direction keep their order: a late one holds up those after it, as the socket's own buffer would. */
function pass(link: Link, chunk: Buffer, to: Socket): void {
  if (link.manner === "silent" || chunk.length === 0) return;
  const lateMs = link.manner === "slow" ? Math.random() * LATE_MS_MAX : 0;
  const due = Math.max(Date.now() + lateMs, dueOf.get(to) ?? 0);
  dueOf.set(to, due);
  const write = () => void (to.destroyed || to.write(chunk));
  if (due <= Date.now()) write();
  else setTimeout(write, due - Date.now());
}

const dueOf = new WeakMap<Socket, number>();

import { Counter, Gauge, type Registry } from "prom-client";

/** What an engine says of its part in a cluster; read at each scrape. */
export interface ClusterState {
  /** Partitions that this engine works on. */
  readonly owned: number;
  /** Partitions of the stream. */
  readonly partitions: number;
  /** Since the last renewal of the leases. */
  readonly leaseAgeSeconds: number;
}

export const HAND_OVERS = ["taken", "released", "lost"] as const;
export type HandOver = (typeof HAND_OVERS)[number];

export interface ClusterMetrics {
  observeCluster(state: () => ClusterState): void;
  handedOver(how: HandOver): void;
}

export function clusterMetrics(registry: Registry): ClusterMetrics {
  let state = (): ClusterState => ({ owned: 0, partitions: 0, leaseAgeSeconds: 0 });
  const gauge = (name: string, help: string, read: (state: ClusterState) => number) =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read(state()));
      },
    });
  gauge("lifecircle_owned_partitions", "Partitions that this engine works on", ({ owned }) => owned);
  gauge("lifecircle_partitions", "Partitions of the stream", ({ partitions }) => partitions);
  gauge("lifecircle_lease_age_seconds", "Since the last renewal of the leases", (now) => now.leaseAgeSeconds);
  const moves = new Counter({
    name: "lifecircle_hand_overs_total",
    help: "Partitions taken, released to others, and lost to others",
    labelNames: ["how"],
    registers: [registry],
  });
  for (const how of HAND_OVERS) moves.inc({ how }, 0);
  return {
    observeCluster(read) {
      state = read;
    },
    handedOver: (how) => moves.inc({ how }),
  };
}

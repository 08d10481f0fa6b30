/**
 * Several engines share the partitions of a stream. Each partition that this one holds by lease (cluster/member.ts) has an `Engine` of its
 * own, which starts from the partition's last checkpoint, whoever wrote it, and ends with a checkpoint for whoever has it next.
 *
 * Before each insert and each change of the checkpoints the lease is asked for: an engine that stood still for longer than its lease finds
 * it lost, and writes nothing more.
 */
import { checkedAgainst, type WrittenUpTo } from "./checkpoint/checked-store.js";
import { openCheckpoints } from "./checkpoint/checkpoints.js";
import type { Lease } from "./cluster/lease.js";
import { openLeaseFiles } from "./cluster/lease-files.js";
import type { Objects } from "./cluster/objects.js";
import { Engine, type EngineParts } from "./engine.js";
import type { Counts } from "./partition.js";
import type { Source } from "./source/source.js";
import type { StoreWriter } from "./store/writer.js";

export interface ClusterParts {
  /** What the engines of all partitions have alike. */
  readonly engine: (lease: Lease) => Omit<EngineParts, "source" | "writer" | "checkpoints">;
  readonly source: (partition: number) => Source;
  /** A writer that asks before each insert, and does not make it when the answer is an error. */
  readonly writer: (before: () => Promise<void>) => StoreWriter;
  readonly objects: Objects;
  readonly writtenUpTo: WrittenUpTo;
  readonly warn: (message: string) => void;
}

/** Works on a partition until its lease is to be handed over, or is lost. @throws LeaseLost; what `Engine.run` throws */
export async function workOn(lease: Lease, parts: ClusterParts): Promise<Counts> {
  const source = parts.source(lease.partition);
  for (const signal of [lease.handOver, lease.lost]) signal.addEventListener("abort", () => void source.close());
  const files = await openLeaseFiles(lease, parts.objects);
  return new Engine({
    ...parts.engine(lease),
    source,
    writer: parts.writer(() => lease.held()),
    checkpoints: checkedAgainst(parts.writtenUpTo, await openCheckpoints(files, parts.warn)),
  }).run();
}

import type { Counts, Partition } from "../partition.js";
import { type RowSet, rowCount, TABLE_ROWS } from "../rows.js";
import { LOPSIDED } from "../signal/lopsided.js";
import { REASON_NAMES } from "../signal/reason.js";
import { OUTCOMES } from "../trigger/watch.js";
import type { Metrics } from "./metrics.js";

/** Tells the metrics what an epoch has written and counted, and what the partitions hold after it. */
export function reportEpoch(
  metrics: Metrics,
  { rows, counts }: { readonly rows: RowSet; readonly counts: Counts },
  partitions: readonly Partition[],
): void {
  for (const reason of REASON_NAMES) if (counts.rejected[reason] > 0) metrics.rejected(reason, counts.rejected[reason]);
  if (counts.excluded > 0) metrics.excluded(counts.excluded);
  for (const outcome of OUTCOMES) metrics.triggered(outcome, counts.triggers[outcome]);
  for (const what of LOPSIDED) metrics.lopsided(what, counts.lopsided[what]);
  if (counts.pingPong > 0) metrics.cleaned("ping_pong", counts.pingPong);
  metrics.stays(counts.stays);
  for (const row of rows.membershipLog) metrics.memberships(row.dimension, row.change, 1);
  for (const [table, key] of TABLE_ROWS) metrics.rowsWritten(table, rows[key].length);
  const sum = (of: (partition: Partition) => number) =>
    partitions.reduce((total, partition) => total + of(partition), 0);
  metrics.subscribers(sum(({ stays }) => stays.table.count));
  metrics.queue(
    "events before the watermark",
    sum(({ buffer }) => buffer.size),
  );
  metrics.queue(
    "rows",
    sum((partition) => rowCount(partition.rows)),
  );
  metrics.stateBytes(sum(({ byteLength }) => byteLength));
  metrics.diaryBytes(
    "memory",
    sum(({ circles }) => circles.diary.byteLength),
  );
  metrics.diaryBytes(
    "file",
    sum(({ circles }) => circles.diary.scratchBytes),
  );
}

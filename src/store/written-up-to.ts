import type { WrittenUpTo } from "../checkpoint/checked-store.js";
import type { Store } from "./client.js";

const TABLE = "written_up_to";

/** How far the rows of each partition are in the store, as the store itself knows it. Its errors are StoreErrors. */
export function writtenUpTo({ client, retried }: Pick<Store, "client" | "retried">): WrittenUpTo {
  return {
    async note(positions) {
      if (positions.size === 0) return;
      const values = Array.from(positions, ([partition, sequence]) => ({ partition, sequence }));
      await retried("note how far rows are written", () =>
        client.insert({ table: TABLE, values, format: "JSONEachRow" }),
      );
    },
    async read() {
      const query = `SELECT partition, toFloat64(max(sequence)) AS sequence FROM ${TABLE} GROUP BY partition`;
      const rows = await retried("see how far rows are written", async () => {
        const answer = await client.query({ query, format: "JSONEachRow" });
        return answer.json<{ partition: number; sequence: number }>();
      });
      return new Map(rows.map(({ partition, sequence }) => [partition, sequence]));
    },
  };
}

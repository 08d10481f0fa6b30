import { from, lastValueFrom, toArray } from "rxjs";
import { beforeAll, expect, test } from "vitest";
import type { LoadedCity } from "../src/geo/load.js";
import { Partition } from "../src/partition.js";
import { pipeline } from "../src/pipeline.js";
import type { RowSet } from "../src/rows.js";
import type { Delivery } from "../src/source/source.js";
import { savedAndRestored } from "./checkpoint/memory-files.js";
import { deliveriesOf, OPTIONS, smallCity, stored } from "./derivation.js";
import { smallSignalling } from "./smoke/small-city.js";

let city: LoadedCity;
let rows: string[];
beforeAll(() => {
  city = smallCity();
  rows = smallSignalling(12, 4);
});

async function derive(deliveries: readonly Delivery[]): Promise<{ partitions: Partition[]; out: Delivery[] }> {
  const partitions = new Map<number, Partition>();
  const partitionOf = (number: number) => {
    const partition = partitions.get(number) ?? new Partition(number, city, OPTIONS);
    partitions.set(number, partition);
    return partition;
  };
  const out = await lastValueFrom(from(deliveries).pipe(pipeline(partitionOf), toArray()));
  return { partitions: [...partitions.values()], out };
}

const derived = (partitions: readonly Partition[]) =>
  stored(partitions.map((partition) => partition.rows)).filter((row) => !row.startsWith("rejected"));

test("every delivery comes out once, in order, when all of it has been dealt with", async () => {
  const deliveries = await deliveriesOf(rows);
  const { out, partitions } = await derive(deliveries);
  expect(out).toEqual(deliveries);
  for (const partition of partitions) {
    const last = deliveries.findLast(({ partition: number }) => number === partition.number);
    expect(partition.sequence).toBe(last?.sequence);
    expect(partition.buffer.size).toBe(0);
  }
});

test("however the rows are cut into batches, the same is derived", async () => {
  const expected = derived((await derive(await deliveriesOf(rows))).partitions);
  expect(expected.length).toBeGreaterThan(100);
  for (const rowsPerBatch of [1, 7, 4096])
    expect(derived((await derive(await deliveriesOf(rows, rowsPerBatch))).partitions)).toEqual(expected);
});

test("rows that come out of order within the lateness change nothing", async () => {
  const expected = derived((await derive(await deliveriesOf(rows))).partitions);
  // Five minutes forward for every third row: a stable order by the time of arrival.
  const arrival = rows.map((row, i) => ({ row, at: Number(row.split(",")[0]) + (i % 3 === 0 ? 300_000 : 0) }));
  const shuffled = arrival.sort((a, b) => a.at - b.at).map(({ row }) => row);
  expect(shuffled).not.toEqual(rows);
  const { partitions } = await derive(await deliveriesOf(shuffled));
  expect(derived(partitions)).toEqual(expected);
  expect(partitions.every(({ counts }) => counts.rejected.late === 0)).toBe(true);
});

test("a day is evaluated once its last minute has passed, so anchors are there before the stream ends", async () => {
  const open = (await deliveriesOf(rows)).filter(({ watermarkMs }) => watermarkMs === null);
  const { partitions } = await derive(open);
  expect(partitions.some((partition) => partition.rows.anchors.length > 0)).toBe(true);
  const versions = new Set(partitions.flatMap((partition) => partition.rows.anchors.map(({ versionMs }) => versionMs)));
  for (const versionMs of versions) expect(new Date(versionMs).toISOString()).toMatch(/T16:00:00\.000Z$/);
});

test("the close of a day is done in slices, and is that of a close at once though the state is saved and restored between any two", async () => {
  const signalling = withMidnights(smallSignalling(40, 4));
  const expected = derived((await derive(await deliveriesOf(signalling, 4096))).partitions);
  const partitions = new Map<number, Partition>();
  const taken: RowSet[] = [];
  const closedOfADay = new Set<string>();
  for (const delivery of await deliveriesOf(signalling, 1)) {
    const { number, partition = new Partition(number, city, OPTIONS) } = {
      number: delivery.partition,
      partition: partitions.get(delivery.partition),
    };
    await lastValueFrom(from([delivery]).pipe(pipeline(() => partition)));
    taken.push(partition.take().rows);
    const { closing } = partition;
    if (closing !== null) closedOfADay.add(`${number} ${closing.day} ${closing.next}`);
    partitions.set(number, closing === null ? partition : await restored(partition));
  }
  expect(closedOfADay.size).toBeGreaterThan(20);
  expect(stored(taken).filter((row) => !row.startsWith("rejected"))).toEqual(expected);
});

/** Each of the people is heard once more after every midnight, in one of its first sixteen minutes. */
function withMidnights(signalling: readonly string[]): string[] {
  const timeOf = (row: string) => Number(row.split(",")[0]);
  const firstMs = Date.parse("2026-01-06T00:00:00+08:00");
  const more = signalling.slice(0, 120).map((row, i) => {
    const timeMs = firstMs + (i % 3) * 86_400_000 + (i % 16) * 60_000 + 1000;
    return `${timeMs},${row.split(",").slice(1).join(",")}`;
  });
  return [...signalling, ...more].sort((a, b) => timeOf(a) - timeOf(b));
}

test("with one message a day of more people than are closed with one, no day waits for the next but one", async () => {
  const life = smallSignalling(1, 5).filter((_, i) => i % 12 === 0);
  const ids = Array.from({ length: 2400 }, (_, person) => String(person).padStart(5, "0"));
  const some = life.flatMap((row) => ids.map((id) => row.replace("460001234500000", `4600012345${id}`)));
  const deliveries = (await deliveriesOf(some, some.length / 10)).filter(({ watermarkMs }) => watermarkMs === null);
  const { partitions } = await derive(deliveries);
  expect(partitions).toHaveLength(2);
  for (const { day, closing, buffer, calendar, clock, stays } of partitions) {
    expect(stays.table.count).toBeGreaterThan(1024);
    expect(day).toBe(calendar.day(clock.watermarkMs / 1000));
    expect(closing).toBeNull();
    expect(buffer.size).toBeLessThan(some.length / 10);
  }
});

async function restored(partition: Partition): Promise<Partition> {
  const [back] = await savedAndRestored([partition], city);
  if (back === undefined) throw new Error("nothing restored");
  return back;
}

test("rows that could not be read are counted and kept with the time of receipt where they have none", async () => {
  const [first] = await deliveriesOf(["never,460001,ecgi:460-00-1000,data", ...rows.slice(0, 10)]);
  if (first === undefined) throw new Error("no delivery");
  const { partitions } = await derive([first]);
  expect(partitions[0]?.counts.rejected.bad_time).toBe(1);
  expect(partitions[0]?.rows.rejected[0]).toMatchObject({ reason: "bad_time", timeMs: first.receivedMs });
});

test("a promised watermark releases what was parked with the delivery that says it", async () => {
  const [first, second] = (await deliveriesOf(rows.slice(0, 400))).filter(({ partition }) => partition === 0);
  if (first === undefined || second === undefined) throw new Error("no delivery");
  const latestMs = Date.parse("2026-01-08T00:00:00+08:00");
  const [lone] = await deliveriesOf([`${latestMs},${rows[5]?.split(",").slice(1).join(",")}`]);
  if (lone === undefined) throw new Error("no delivery");
  const promised = { ...lone, partition: 0, sequence: second.sequence + 1, watermarkMs: latestMs + 60_000 };
  const { partitions } = await derive([first, second, promised]);
  expect(partitions[0]?.clock.state.parked).toEqual([]);
  expect(partitions[0]?.buffer.size).toBe(0);
  expect(partitions[0]?.day).toBe(partitions[0]?.calendar.day(latestMs / 1000));
});

const WINDOW_MS = 900_000;

/** People that the rows of a file tell in each window, by the obvious way. */
function peopleByWindow(signalling: readonly string[]): Map<number, number> {
  const people = new Map<number, Set<string>>();
  for (const row of signalling) {
    const [time, subscriber, cell] = row.split(",") as [string, string, string];
    if (cell === "ecgi:460-00-9") continue;
    const slotMs = Math.floor(Number(time) / WINDOW_MS) * WINDOW_MS;
    people.set(slotMs, (people.get(slotMs) ?? new Set()).add(subscriber));
  }
  return new Map([...people].map(([slotMs, { size }]) => [slotMs, size]));
}

function presenceByWindow(partitions: readonly Partition[]): Map<number, number> {
  const sums = new Map<number, number>();
  const everybody = partitions.flatMap(({ rows }) => [...rows.presence]).filter(({ circle }) => circle === "");
  for (const { slotMs, subscribers } of everybody) sums.set(slotMs, (sums.get(slotMs) ?? 0) + subscribers);
  return sums;
}

const sorted = (windows: Map<number, number>) => [...windows].sort(([a], [b]) => a - b);

test("presence of a window adds up to the people heard in it, however many events they send", async () => {
  const expected = sorted(peopleByWindow(rows));
  expect(sorted(presenceByWindow((await derive(await deliveriesOf(rows))).partitions))).toEqual(expected);
  const busy = rows.flatMap((row) => [row, row, row.replace(",data", ",sms_in")]);
  expect(sorted(presenceByWindow((await derive(await deliveriesOf(busy))).partitions))).toEqual(expected);
});

test("a window of presence is told when the watermark passes its end, and not before, though nothing follows it", async () => {
  const all = await deliveriesOf(rows);
  const promised = (watermarkMs: number) =>
    all.map((delivery) => (delivery.watermarkMs === null ? delivery : { ...delivery, watermarkMs }));
  const people = sorted(peopleByWindow(rows));
  const [lastMs] = people.at(-1) ?? [0];
  const told = async (watermarkMs: number) =>
    sorted(presenceByWindow((await derive(promised(watermarkMs))).partitions));
  expect(await told(lastMs + WINDOW_MS)).toEqual(people);
  expect(await told(lastMs + WINDOW_MS - 1)).toEqual(people.slice(0, -1));
});

test("a second end of the stream tells no window again and closes none that is still to come", async () => {
  const all = await deliveriesOf(rows);
  const ends = all.filter(({ watermarkMs }) => watermarkMs === Number.POSITIVE_INFINITY);
  // The windows of the later rows follow those of the first ones without a gap.
  const later = rows.map((row) => row.replace(/^\d+/, (time) => String(Number(time) + 4 * 86_400_000)));
  const sequenceOf = (delivery: Delivery, by: number) => ({ ...delivery, sequence: delivery.sequence + by });
  const again = ends.map((delivery) => sequenceOf(delivery, 1));
  const next = (await deliveriesOf(later)).map((delivery) => sequenceOf(delivery, 1_000_000));
  const { partitions } = await derive([...all, ...again, ...again, ...next]);
  expect(sorted(presenceByWindow(partitions))).toEqual([
    ...sorted(peopleByWindow(rows)),
    ...sorted(peopleByWindow(later)),
  ]);
});

import { createWriteStream } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Config } from "../../src/config/schema.js";
import { CATEGORIES, NONE } from "../../src/geo/city.js";
import type { LoadedCity } from "../../src/geo/load.js";
import { formatPseudonym } from "../../src/signal/identity.js";
import type { Delivery } from "../../src/source/source.js";
import { signallingOf } from "../support/derive.js";
import type { EventColumns } from "./columns.js";
import type { Table } from "./peer.js";
import type { RxEvent } from "./rx.js";

const SQUARE_METRES = 800;
const COLUMNS = 10_000;
/** So that no square's number is negative. */
const ORIGIN_METRES = 400_000;

/** The decoded signalling of a folder, in memory: for the engine as it came, for the others in columns sorted by time and cell. */
export class People {
  readonly events: number;
  readonly deliveries: readonly Delivery[];
  readonly city: LoadedCity;
  private readonly names: readonly string[];
  private readonly person: Uint32Array;
  private readonly ms: Float64Array;
  private readonly cell: Int32Array;

  constructor(city: LoadedCity, deliveries: readonly Delivery[]) {
    this.city = city;
    this.deliveries = deliveries;
    const columns = columnsOf(city, deliveries);
    const order = new Uint32Array(columns.ms.length).map((_, i) => i);
    const { ms, cell } = columns;
    order.sort((a, b) => (ms[a] as number) - (ms[b] as number) || (cell[a] as number) - (cell[b] as number));
    this.names = columns.names;
    this.person = order.map((i) => columns.person[i] as number);
    this.ms = Float64Array.from(order, (i) => ms[i] as number);
    this.cell = Int32Array.from(order, (i) => cell[i] as number);
    this.events = order.length;
  }

  get subscribers(): number {
    return this.names.length;
  }

  get latestMs(): number {
    return this.ms[this.events - 1] as number;
  }

  *objects(): Generator<RxEvent> {
    for (let i = 0; i < this.events; i++)
      yield {
        subscriber: this.names[this.person[i] as number] as string,
        ms: this.ms[i] as number,
        cell: this.cell[i] as number,
      };
  }

  columns(): EventColumns {
    const { person, ms, cell } = this;
    const pseudonyms = BigUint64Array.from(this.names, (name) => BigInt(name));
    const subscriber = BigUint64Array.from(person, (number) => pseudonyms[number] as bigint);
    // Low word first, as in a batch.
    return { subscriber: new Uint32Array(subscriber.buffer), ms, cell };
  }

  /** Writes what the databases are given into a folder. */
  async write(dir: string): Promise<Table[]> {
    const { cells, venues, regions } = this.city;
    const table = async (name: string, orderedBy: string, columns: Record<string, string>, lines: Iterable<string>) => {
      const path = join(dir, `${name}.csv`);
      await pipeline(Readable.from(lines), createWriteStream(path));
      return { name, columns, orderedBy, path };
    };
    const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
    return [
      await table(
        "events",
        "subscriber, ms, cell",
        { subscriber: "UBIGINT", ms: "BIGINT", cell: "INTEGER" },
        this.lines(),
      ),
      await table(
        "cells",
        "cell",
        { cell: "INTEGER", x: "DOUBLE", y: "DOUBLE", region: "INTEGER", square: "INTEGER" },
        numbers(cells.count).map((c) => {
          const [x, y] = [cells.x[c] as number, cells.y[c] as number];
          return `${c},${x},${y},${cells.region[c]},${squareOf(x, y)}\n`;
        }),
      ),
      await table(
        "venues",
        "square",
        { square: "INTEGER", category: "VARCHAR" },
        new Set(
          numbers(venues.count).map(
            (v) =>
              `${squareOf(venues.x[v] as number, venues.y[v] as number)},${CATEGORIES[venues.category[v] as number]}\n`,
          ),
        ),
      ),
      await table(
        "regions",
        "region",
        { region: "INTEGER", region_name: "VARCHAR" },
        regions.id.map((id, region) => `${region},${id}\n`),
      ),
    ];
  }

  /** Some thousand lines at a time. */
  private *lines(): Generator<string> {
    let text = "";
    for (const { subscriber, ms, cell } of this.objects()) {
      text += `${subscriber},${ms},${cell}\n`;
      if (text.length < 65_536) continue;
      yield text;
      text = "";
    }
    yield text;
  }
}

export async function readPeople(dir: string, config: Config, city: LoadedCity): Promise<People> {
  const deliveries: Delivery[] = [];
  for await (const delivery of signallingOf(dir, config).deliveries(new Map())) deliveries.push(delivery);
  return new People(city, deliveries);
}

function columnsOf(city: LoadedCity, deliveries: readonly Delivery[]) {
  const rows = deliveries.reduce((sum, { batch }) => sum + (batch?.count ?? 0), 0);
  const [person, ms, cell] = [new Uint32Array(rows), new Float64Array(rows), new Int32Array(rows)];
  const numbers = new Map<string, number>();
  let count = 0;
  for (const { batch } of deliveries) {
    for (let i = 0; batch !== null && i < batch.count; i++) {
      const c = batch.cell[i] as number;
      const row = city.cells.find(batch.cells[2 * c + 1] as number, batch.cells[2 * c] as number);
      if (row === NONE) continue;
      const name = formatPseudonym(batch.subscriber[2 * i + 1] as number, batch.subscriber[2 * i] as number);
      const number = numbers.get(name) ?? numbers.size;
      numbers.set(name, number);
      person[count] = number;
      ms[count] = batch.baseMs + (batch.offsetMs[i] as number);
      cell[count++] = row;
    }
  }
  return {
    names: [...numbers.keys()],
    person: person.subarray(0, count),
    ms: ms.subarray(0, count),
    cell: cell.subarray(0, count),
  };
}

function squareOf(x: number, y: number): number {
  const column = Math.floor((x + ORIGIN_METRES) / SQUARE_METRES);
  return Math.floor((y + ORIGIN_METRES) / SQUARE_METRES) * COLUMNS + column;
}

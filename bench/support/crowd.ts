import KDBush from "kdbush";
import { type CellTable, NONE } from "../../src/geo/city.js";

const SQUARE_METRES = 500;
/** Cells that serve at one place. */
const SERVING = 4;
const DAY_SEC = 86_400;
const HOUR_SEC = 3600;
/** A phone keeps its cell about so long. */
const STICKY_SEC = 1200;
/** Of 16: how often each of the serving cells is the one. */
const CHOICE = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3];
const MEAN_WAY_METRES = 6000;
const WAY_METRES_MAX = 25_000;
const METRES_PER_SEC = 8;
const BOARDING_SEC = 600;

/** What a draw is for: one person has another number for each. */
const DRAW = { high: 1, low: 2, home: 3, east: 4, north: 5, works: 6, way: 7, angle: 8, leave: 9, back: 10, out: 11 };

/**
 * People of a city who live by the week: nights at home, working days elsewhere (three in four), an outing now and then, ways between, and
 * at each place a cell that holds for some minutes among the four that serve there. All of it is computed from a person's number, so a
 * crowd of any size takes no memory.
 */
export class Crowd {
  /** Words of the pseudonym of the person asked for last. */
  hi = 0;
  lo = 0;
  private readonly cells: CellTable;
  private readonly seed: number;
  /** Cells in service at all times, whose sites people live around. */
  private readonly usable: Int32Array;
  private readonly west: number;
  private readonly south: number;
  private readonly columns: number;
  private readonly rows: number;
  private readonly index: KDBush;
  /** The nearest SERVING cells of each square, NONE where nobody has been yet. */
  private readonly serving: Int32Array;
  private x = 0;
  private y = 0;

  constructor(cells: CellTable, seed: number) {
    this.cells = cells;
    this.seed = seed;
    this.usable = Int32Array.from(
      Array.from({ length: cells.count }, (_, row) => row).filter((row) => serves(cells, row)),
    );
    if (this.usable.length < SERVING)
      throw new Error(`the city has ${this.usable.length} outdoor cells without an end`);
    const index = new KDBush(this.usable.length);
    let [east, north] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
    let [west, south] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    for (const row of this.usable) {
      const [x, y] = [cells.x[row] as number, cells.y[row] as number];
      index.add(x, y);
      [west, east, south, north] = [Math.min(west, x), Math.max(east, x), Math.min(south, y), Math.max(north, y)];
    }
    index.finish();
    [this.west, this.south] = [west, south];
    this.columns = Math.floor((east - west) / SQUARE_METRES) + 1;
    this.rows = Math.floor((north - south) / SQUARE_METRES) + 1;
    this.index = index;
    this.serving = new Int32Array(this.columns * this.rows * SERVING).fill(NONE);
  }

  private serve(square: number): void {
    const { cells, usable, index } = this;
    const x = this.west + ((square % this.columns) + 0.5) * SQUARE_METRES;
    const y = this.south + (Math.floor(square / this.columns) + 0.5) * SQUARE_METRES;
    let near: number[] = [];
    for (let metres = SQUARE_METRES / 4; near.length < SERVING; metres *= 2) near = index.within(x, y, metres);
    const distance = (row: number) => Math.hypot((cells.x[row] as number) - x, (cells.y[row] as number) - y);
    const sorted = near.map((i) => usable[i] as number).sort((a, b) => distance(a) - distance(b) || a - b);
    this.serving.set(sorted.slice(0, SERVING), square * SERVING);
  }

  /** Leaves the pseudonym of a person in `hi` and `lo`. */
  name(person: number): void {
    this.hi = this.draw(person, DRAW.high);
    this.lo = this.draw(person, DRAW.low);
  }

  /**
   * Row of the cell that serves a person.
   *
   * @param sec seconds since the first midnight, a Monday, of the city's time
   * @param chance any 32-bit number: one event in 16 is served by the next best cell
   */
  cellOf(person: number, sec: number, chance: number): number {
    this.locate(person, sec);
    const choice = CHOICE[this.draw(person, Math.floor(sec / STICKY_SEC) + 0x1000_0000) & 15] as number;
    const swing = (chance & 15) === 0 ? 1 : 0;
    return this.servingCell((choice + swing) & 3);
  }

  private servingCell(choice: number): number {
    const column = Math.min(this.columns - 1, Math.max(0, Math.floor((this.x - this.west) / SQUARE_METRES)));
    const row = Math.min(this.rows - 1, Math.max(0, Math.floor((this.y - this.south) / SQUARE_METRES)));
    const square = row * this.columns + column;
    if (this.serving[square * SERVING] === NONE) this.serve(square);
    return this.serving[square * SERVING + choice] as number;
  }

  /** Leaves where the person is in `x` and `y`. */
  private locate(person: number, sec: number): void {
    const day = Math.floor(sec / DAY_SEC);
    const clock = sec - day * DAY_SEC;
    const today = 0x2000_0000 + day * 16;
    this.home(person);
    const works = this.share(person, DRAW.works) < 0.75;
    const atWork = works && day % 7 < 5;
    if (!atWork && this.share(person, today + DRAW.out) > 0.6) return;
    const metres = atWork ? this.wayMetres(person, DRAW.way) : this.wayMetres(person, today + DRAW.way) / 2;
    const angle = 2 * Math.PI * this.share(person, atWork ? DRAW.angle : today + DRAW.angle);
    const leave = atWork
      ? (7 + 2 * this.share(person, today + DRAW.leave)) * HOUR_SEC
      : (11 + 5 * this.share(person, today + DRAW.leave)) * HOUR_SEC;
    const back = atWork
      ? (17.5 + 2.5 * this.share(person, today + DRAW.back)) * HOUR_SEC
      : leave + (1 + 3 * this.share(person, today + DRAW.back)) * HOUR_SEC;
    const waySec = BOARDING_SEC + metres / METRES_PER_SEC;
    const gone = Math.min(1, Math.max(0, (clock - leave) / waySec)) - Math.min(1, Math.max(0, (clock - back) / waySec));
    this.x += gone * metres * Math.cos(angle);
    this.y += gone * metres * Math.sin(angle);
  }

  private home(person: number): void {
    const row = this.usable[this.draw(person, DRAW.home) % this.usable.length] as number;
    this.x = (this.cells.x[row] as number) + 300 * (this.share(person, DRAW.east) - 0.5);
    this.y = (this.cells.y[row] as number) + 300 * (this.share(person, DRAW.north) - 0.5);
  }

  private wayMetres(person: number, what: number): number {
    return Math.min(WAY_METRES_MAX, -MEAN_WAY_METRES * Math.log(1 - this.share(person, what)));
  }

  private share(person: number, what: number): number {
    return this.draw(person, what) / 2 ** 32;
  }

  /** 32 bits that look random, the same at every call (the finaliser of MurmurHash3). */
  private draw(person: number, what: number): number {
    let h = Math.imul(person, 0x9e37_79b1) ^ Math.imul(what + this.seed * 0x10_001, 0x85eb_ca77);
    h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
    return (h ^ (h >>> 16)) >>> 0;
  }
}

function serves(cells: CellTable, row: number): boolean {
  return (
    cells.indoorVenue[row] === NONE &&
    cells.next[row] === NONE &&
    cells.validFromMs[row] === Number.NEGATIVE_INFINITY &&
    cells.validToMs[row] === Number.POSITIVE_INFINITY
  );
}

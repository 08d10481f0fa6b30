import Flatbush from "flatbush";
import { NONE } from "./city.js";

/** How many competing masts around a cell shape its footprint: about two rings of a regular network. */
export const RIVALS = 12;

/** Columns of cells that masts are made from; positions in metres on the plane. */
export interface MastInput {
  readonly count: number;
  readonly keyHi: Uint32Array;
  readonly siteX: Float32Array;
  readonly siteY: Float32Array;
  readonly indoor: Uint8Array;
}

/**
 * Masts: the outdoor cells of one radio generation at one position. Generations do not compete (a phone on 5G chooses among 5G
 * cells), nor do indoor cells, whose walls decide.
 */
export interface Masts {
  /** Mast of each cell row, NONE for indoor cells. */
  readonly mast: Int32Array;
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Rows of mast m: `rows[start[m]]` to before `rows[start[m + 1]]`. */
  readonly start: Int32Array;
  readonly rows: Int32Array;
  /** RIVALS nearest masts of mast m from `m * RIVALS`, nearest first, NONE where there are fewer. */
  readonly rivals: Int32Array;
  /** Metres to the last of them; NaN where there is none. */
  readonly surround: Float32Array;
}

export function buildMasts(cells: MastInput): Masts {
  const { mast, firstRow, generation } = groupByPosition(cells);
  const count = firstRow.length;
  const x = Float64Array.from(firstRow, (row) => cells.siteX[row] as number);
  const y = Float64Array.from(firstRow, (row) => cells.siteY[row] as number);
  const rivals = new Int32Array(count * RIVALS).fill(NONE);
  const surround = new Float32Array(count).fill(Number.NaN);
  for (const wanted of new Set(generation)) {
    const members: number[] = [];
    for (let m = 0; m < count; m++) if (generation[m] === wanted) members.push(m);
    findRivals(members, x, y, rivals, surround);
  }
  return { mast, x, y, ...listRows(mast, count), rivals, surround };
}

interface Groups {
  readonly mast: Int32Array;
  readonly firstRow: number[];
  readonly generation: number[];
}

/** Positions within the same metre are one. */
function groupByPosition({ count, keyHi, siteX, siteY, indoor }: MastInput): Groups {
  const half = 2 ** 23;
  const known = new Map<number, number>();
  const groups: Groups = { mast: new Int32Array(count).fill(NONE), firstRow: [], generation: [] };
  for (let row = 0; row < count; row++) {
    if (indoor[row] === 1) continue;
    const generation = (keyHi[row] as number) >>> 30;
    const east = Math.round(siteX[row] as number) + half;
    const key = ((Math.round(siteY[row] as number) + half) * 4 + generation) * 2 ** 25 + east;
    let mast = known.get(key);
    if (mast === undefined) {
      mast = groups.firstRow.length;
      known.set(key, mast);
      groups.firstRow.push(row);
      groups.generation.push(generation);
    }
    groups.mast[row] = mast;
  }
  return groups;
}

function listRows(mast: Int32Array, count: number): { start: Int32Array; rows: Int32Array } {
  const start = new Int32Array(count + 1);
  for (const m of mast) if (m !== NONE) start[m + 1] = (start[m + 1] as number) + 1;
  for (let m = 0; m < count; m++) start[m + 1] = (start[m + 1] as number) + (start[m] as number);
  const rows = new Int32Array(start[count] as number);
  const fill = start.slice();
  for (let row = 0; row < mast.length; row++) {
    const m = mast[row] as number;
    if (m === NONE) continue;
    const slot = fill[m] as number;
    rows[slot] = row;
    fill[m] = slot + 1;
  }
  return { start, rows };
}

function findRivals(
  members: number[],
  x: Float64Array,
  y: Float64Array,
  rivals: Int32Array,
  surround: Float32Array,
): void {
  const tree = new Flatbush(members.length);
  for (const m of members) tree.add(x[m] as number, y[m] as number);
  tree.finish();
  for (const m of members) {
    const mx = x[m] as number;
    const my = y[m] as number;
    let found = 0;
    for (const near of tree.neighbors(mx, my, RIVALS + 1)) {
      const rival = members[near] as number;
      if (rival === m || found === RIVALS) continue;
      rivals[m * RIVALS + found++] = rival;
      surround[m] = Math.hypot((x[rival] as number) - mx, (y[rival] as number) - my);
    }
  }
}

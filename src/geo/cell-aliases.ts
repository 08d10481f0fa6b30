import { NONE } from "./city.js";

/** Stands for a name that several cells could mean. */
const AMBIGUOUS = -2;

/** Second names of cells, for feeds that name them in a shorter form. A name that two cells share names neither. */
export class CellAliases {
  readonly #rows = new Map<string, number>();

  add(hi: number, lo: number, row: number): void {
    const name = `${hi}:${lo}`;
    this.#rows.set(name, this.#rows.has(name) ? AMBIGUOUS : row);
  }

  /** The row that the key names, or NONE. */
  find(hi: number, lo: number): number {
    if (this.#rows.size === 0) return NONE;
    const row = this.#rows.get(`${hi}:${lo}`) ?? NONE;
    return row === AMBIGUOUS ? NONE : row;
  }
}

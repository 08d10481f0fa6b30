import type { RadioCells } from "../geo/radio.js";

/** Chance that a cell serves a phone where another cell does, when both have one footprint. */
const BOTH_SERVE = 0.15;
/** Distance, in standard deviations of both footprints together, at which that chance has halved. */
const HALF_SIGMAS = 1.5;
/** No footprint counts as smaller than this: small cells are heard from the street, too, metres. */
const SIGMA_MIN = 60;

/**
 * Probability that a cell serves a phone where another cell serves it: what the map knows of a place that is known by a cell. Falls with the
 * third power of the distance, since signals fade with a power of it and shadows let some cells reach far. The radio model's own
 * best-server probabilities (geo/radio.ts) took ten times as long and found no more stays.
 */
export function commonGround(cells: RadioCells, own: number, row: number): number {
  const dx = (cells.x[own] as number) - (cells.x[row] as number);
  const dy = (cells.y[own] as number) - (cells.y[row] as number);
  const a = cells.sigma[own] as number;
  const b = cells.sigma[row] as number;
  const sigmas = Math.sqrt((dx * dx + dy * dy) / (a * a + b * b + SIGMA_MIN * SIGMA_MIN)) / HALF_SIGMAS;
  return BOTH_SERVE / (1 + sigmas * sigmas * sigmas);
}

import type { RadioOptions } from "./options.js";
import { normalOf } from "./random.js";

/**
 * Log-normal shadowing in dB at a point of the plane (metres): a part that all sites share there and a part of the site, both smooth over
 * the correlation distance (Gudmundson's model with the cross-correlation of 3GPP TR 36.942, as interpolated noise).
 */
export class Shadowing {
  readonly #shared: number;
  readonly #own: number;
  readonly #perMetre: number;

  constructor(options: RadioOptions) {
    this.#shared = options.shadowingSigmaDb * Math.sqrt(options.siteCorrelation);
    this.#own = options.shadowingSigmaDb * Math.sqrt(1 - options.siteCorrelation);
    this.#perMetre = 1 / options.shadowingCorrelationM;
  }

  /** The part that is the same for all sites. */
  sharedDb(x: number, y: number): number {
    return this.#shared * smoothNoise(0, x * this.#perMetre, y * this.#perMetre);
  }

  /** The part that one site adds. */
  siteDb(site: number, x: number, y: number): number {
    return this.#own * smoothNoise(site + 1, x * this.#perMetre, y * this.#perMetre);
  }

  /** Sites hardly ever add more than this: the interpolated noise passes 4.2 standard deviations about once in 10^5 points. */
  get siteMaxDb(): number {
    return 4.2 * this.#own;
  }
}

/** Bilinear interpolation of normals on a grid, scaled back to variance one. */
function smoothNoise(layer: number, u: number, v: number): number {
  const i = Math.floor(u);
  const j = Math.floor(v);
  const fu = u - i;
  const fv = v - j;
  const a = (1 - fu) * (1 - fv);
  const b = fu * (1 - fv);
  const c = (1 - fu) * fv;
  const d = fu * fv;
  const low = a * normalOf(layer, i, j, 9) + b * normalOf(layer, i + 1, j, 9);
  const high = c * normalOf(layer, i, j + 1, 9) + d * normalOf(layer, i + 1, j + 1, 9);
  return (low + high) / Math.sqrt(a * a + b * b + c * c + d * d);
}

/** A point of a line as it is drawn: x from the left, y from the top. */
export type Point = readonly [x: number, y: number];

/**
 * The line of values over time, from 0 to their greatest, in the parts between which there is no value: what is not told keeps its place. A value
 * alone is a dash as wide as the way to the next.
 */
export function lineParts(values: readonly (number | null)[], width: number, height: number): Point[][] {
  const greatest = Math.max(1e-9, ...values.flatMap((value) => (value === null ? [] : [value])));
  const step = width / Math.max(1, values.length - 1);
  const parts: Point[][] = [];
  for (const [i, value] of values.entries()) {
    if (value === null) continue;
    const point: Point = [i * step, height - (value / greatest) * height];
    if (i > 0 && values[i - 1] !== null) parts.at(-1)?.push(point);
    else parts.push([point]);
  }
  return parts.map((part) => (part.length === 1 ? dash(part[0] as Point, step, width) : part));
}

function dash([x, y]: Point, step: number, width: number): Point[] {
  return [
    [Math.max(0, x - step / 2), y],
    [Math.min(width, x + step / 2), y],
  ];
}

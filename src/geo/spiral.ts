/** Turn from one point to the next that spreads them evenly (H. Vogel, Mathematical Biosciences 44, 1979). */
const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5));

/** Points spread evenly over a disk; a single one stands in its middle. */
export function spiral(x: number, y: number, radius: number, count: number): [number, number][] {
  return Array.from({ length: count }, (_, i) => {
    const away = count === 1 ? 0 : radius * Math.sqrt((i + 0.5) / count);
    return [x + away * Math.cos(i * GOLDEN_ANGLE), y + away * Math.sin(i * GOLDEN_ANGLE)];
  });
}

/** Small charts without axes; what they show stands beside them in words. */
import { lineParts, type Point } from "./line-shape.js";

const WIDTH = 120;
const HEIGHT = 28;

/** A line of values over time, from 0 to their greatest, broken where there is none. */
export function Spark({ values, label }: { values: readonly (number | null)[]; label: string }) {
  const parts = values.length < 2 ? [] : lineParts(values, WIDTH, HEIGHT - 4);
  if (parts.length === 0) return <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" />;
  const line = parts.map((part) => part.map(([x, y]) => `${x.toFixed(1)},${(y + 2).toFixed(1)}`).join("L"));
  const ground = (part: readonly Point[]) => `L${part.at(-1)?.[0]},${HEIGHT}L${part[0]?.[0]},${HEIGHT}Z`;
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <path class="area" d={parts.map((part, i) => `M${line[i]}${ground(part)}`).join("")} />
      <path class="line" d={`M${line.join("M")}`} />
    </svg>
  );
}

/** How much of a whole, as a bar; the number stands beside it. */
export function Bar({ share }: { share: number }) {
  return (
    <svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
      <rect class="ground" width="100" height="4" />
      <rect class="part" width={Math.max(0, Math.min(1, share)) * 100} height="4" />
    </svg>
  );
}

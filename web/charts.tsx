/** Small charts without axes; what they show stands beside them in words. */

const WIDTH = 120;
const HEIGHT = 28;

/** A line of values over time, from 0 to their greatest. */
export function Spark({ values, label }: { values: readonly number[]; label: string }) {
  if (values.length < 2) return <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" />;
  const greatest = Math.max(...values, 1e-9);
  const points = values.map((value, i) => {
    const x = (i / (values.length - 1)) * WIDTH;
    return `${x.toFixed(1)},${(HEIGHT - 2 - (value / greatest) * (HEIGHT - 4)).toFixed(1)}`;
  });
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" role="img" aria-label={label}>
      <path class="area" d={`M0,${HEIGHT}L${points.join("L")}L${WIDTH},${HEIGHT}Z`} />
      <path class="line" d={`M${points.join("L")}`} />
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

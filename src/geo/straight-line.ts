/**
 * Length of the straight line over `dx` and `dy`, finite. To the last bit what Math.hypot of Node 20 says, which scales by the longer
 * of the two as well (its compensated sum is a plain one where there are two), without the array that it makes of what it is given, each time.
 */
export function straightLine(dx: number, dy: number): number {
  const longer = Math.max(Math.abs(dx), Math.abs(dy));
  if (longer === 0) return 0;
  const x = dx / longer;
  const y = dy / longer;
  return Math.sqrt(x * x + y * y) * longer;
}

/** A limit in GiB and what share of requests, bytes or seconds it serves, 0 to 1. */
export interface CurveValue {
  readonly limitGib: number;
  readonly ratio: number;
}

/**
 * Where a curve bends: the point that is highest above the straight line from nothing to the smallest limit that serves as much as any.
 * A GiB more brings more than the average before it, and less after it. Undefined for a curve that serves nothing.
 */
export function kneeOf(points: readonly CurveValue[]): CurveValue | undefined {
  const most = points.reduce((ratio, point) => Math.max(ratio, point.ratio), 0);
  const end = points.find(({ ratio }) => ratio === most);
  if (!end || most === 0) return undefined;
  const height = ({ limitGib, ratio }: CurveValue) => ratio / most - limitGib / end.limitGib;
  return points.reduce((best, point) => (height(point) > height(best) ? point : best), end);
}

/** One curve of a plot: how much, 0 to 1, by limit in GiB, ascending. */
export interface PlotLine {
  readonly name: string;
  readonly points: readonly { readonly limitGib: number; readonly ratio: number }[];
}

export interface Plot {
  readonly title: string;
  /** At most five. */
  readonly lines: readonly PlotLine[];
  /** A limit to be marked, such as the one of today or the recommended one. */
  readonly marks?: readonly { readonly limitGib: number; readonly label: string }[];
}

export const plotLinesMax = 5;

/** More lines than can be told apart. */
export class UnplottableError extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'UnplottableError';
  }
}

/** Throws `UnplottableError`. */
export function checkPlot({ lines, marks = [] }: Plot): void {
  if (lines.length > plotLinesMax) throw new UnplottableError(`${lines.length} lines; at most ${plotLinesMax}`);
  const limits = [...lines.flatMap(({ points }) => points), ...marks].map(({ limitGib }) => limitGib);
  const wrong = limits.find((limitGib) => !Number.isFinite(limitGib) || limitGib < 0);
  if (wrong !== undefined) throw new UnplottableError(`a limit of ${wrong} GiB; it must be at least 0`);
}

/** The end of the axis: the smallest limit from which no line rises any more, and every mark. At least 1. */
export function widthGib({ lines, marks = [] }: Plot): number {
  const ends = lines.map(({ points }) => {
    const most = points.reduce((ratio, point) => Math.max(ratio, point.ratio), 0);
    return points.find(({ ratio }) => ratio >= most)?.limitGib ?? 0;
  });
  return Math.max(1, ...ends, ...marks.map(({ limitGib }) => limitGib));
}

/** What a line has at a limit: nothing before its first point, straight from one point to the next, and level after its last. */
export function ratioAt({ points }: PlotLine, limitGib: number): number {
  const next = points.findIndex((point) => point.limitGib > limitGib);
  const [before, after] = next < 0 ? [points.at(-1), undefined] : [points[next - 1], points[next]];
  if (!before || !after) return before?.ratio ?? 0;
  const part = (limitGib - before.limitGib) / (after.limitGib - before.limitGib);
  return before.ratio + part * (after.ratio - before.ratio);
}

/** Round figures on an axis, about so many, from 0 to at most `end`. */
export function ticks(end: number, about: number): number[] {
  const raw = end / about;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = Math.max(1, [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= raw) ?? raw);
  return Array.from({ length: Math.floor(end / step + 1e-9) + 1 }, (_, index) => Math.round(index * step));
}

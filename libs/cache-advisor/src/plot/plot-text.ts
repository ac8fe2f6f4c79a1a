import { checkPlot, type Plot, ratioAt, ticks, widthGib } from './plot';

export interface TextPlotSize {
  /** Characters in all, the axis included; at least 40. */
  readonly columns?: number;
  /** Lines of the plot itself; at least 5. */
  readonly rows?: number;
}

/** In the order of the lines; where they meet, the first is seen. */
const glyphs = ['*', 'o', '+', 'x', '#'];
const axisColumns = 6;
const quarters = [0, 0.25, 0.5, 0.75, 1];

/** Curves for a terminal, in plain characters: GiB to the right, percent upwards. Throws `UnplottableError`. */
export function plotCurveText(plot: Plot, { columns = 76, rows = 17 }: TextPlotSize = {}): string {
  checkPlot(plot);
  const width = Math.max(40, Math.floor(columns)) - axisColumns;
  const height = Math.max(5, Math.floor(rows));
  const end = widthGib(plot);
  const columnOf = (limitGib: number) => Math.min(width - 1, Math.round((limitGib / end) * (width - 1)));
  const rowOf = (ratio: number) => Math.round((1 - ratio) * (height - 1));
  const canvas = Array.from({ length: height }, () => Array.from({ length: width }, () => ' '));
  const put = (row: number, column: number, glyph: string) => {
    if (canvas[row]![column] === ' ' || canvas[row]![column] === '|') canvas[row]![column] = glyph;
  };
  for (const { limitGib } of plot.marks ?? []) for (let row = 0; row < height; row++) put(row, columnOf(limitGib), '|');
  plot.lines.forEach((line, ordinal) => {
    for (let column = 0; column < width; column++) {
      const ratio = ratioAt(line, (column / (width - 1)) * end);
      put(rowOf(ratio), column, glyphs[ordinal]!);
    }
  });
  const labels = new Map(quarters.map((ratio) => [rowOf(ratio), `${ratio * 100} %`]));
  const body = canvas.map((cells, row) => `${(labels.get(row) ?? '').padStart(axisColumns - 1)}|${cells.join('')}`);
  return [plot.title, ...body, ...axis(end, width, columnOf), ...legend(plot)].map((text) => text.trimEnd()).join('\n');
}

function axis(end: number, width: number, columnOf: (limitGib: number) => number): string[] {
  const cells = Array.from({ length: width + 12 }, () => ' ');
  let free = 0;
  for (const tick of ticks(end, Math.max(2, Math.floor(width / 14)))) {
    const [label, from] = [tick === 0 ? '0 GiB' : String(tick), columnOf(tick)];
    if (from < free) continue;
    [...label].forEach((character, index) => (cells[from + index] = character));
    free = from + label.length + 1;
  }
  return [`${' '.repeat(axisColumns - 1)}+${'-'.repeat(width)}`, `${' '.repeat(axisColumns)}${cells.join('')}`];
}

function legend({ lines, marks = [] }: Plot): string[] {
  const names = lines.map(({ name }, ordinal) => `${glyphs[ordinal]} ${name}`);
  const marked = marks.map(({ label, limitGib }) => `| ${label}: ${limitGib} GiB`);
  return [[...names, ...marked].map((text) => `      ${text}`).join('')];
}

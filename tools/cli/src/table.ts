/** A column: its title, what stands in it, and numbers to the right. */
export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  readonly align?: 'left' | 'right';
}

/** Rows as aligned text, the titles on top; a sentence when there are none. */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], whenEmpty: string): string {
  if (rows.length === 0) return whenEmpty;
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ text }) => text(row)))];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => [...line[index]!].length)));
  return lines
    .map((line) =>
      line
        .map((cell, index) => padded(cell, widths[index]!, columns[index]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Names and values below each other. */
export function listing(fields: Readonly<Record<string, string>>): string {
  const width = Math.max(...Object.keys(fields).map((name) => name.length));
  return Object.entries(fields)
    .map(([name, value]) => `${name.padEnd(width)}  ${value}`)
    .join('\n');
}

function padded<Row>(cell: string, width: number, { align = 'left' }: Column<Row>): string {
  const gap = ' '.repeat(Math.max(0, width - [...cell].length));
  return align === 'right' ? gap + cell : cell + gap;
}

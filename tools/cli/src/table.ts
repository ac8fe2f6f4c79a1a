/** A column: its title, what stands in it, and numbers to the right. */
export interface Column<Row> {
  readonly title: string;
  readonly text: (row: Row) => string;
  readonly align?: 'left' | 'right';
  /** A narrow terminal shortens it; ids and figures are of no use shortened. */
  readonly shrinks?: boolean;
}

const gap = 2;
const shortest = 8;

/**
 * Rows as aligned text, the titles on top; a sentence when there are none. With `columnsMax`, the width of a terminal, what may be
 * shortened is, the widest first; without it nothing is.
 */
export function table<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  whenEmpty: string,
  columnsMax?: number,
): string {
  if (rows.length === 0) return whenEmpty;
  const lines = [
    columns.map(({ title }) => title),
    ...rows.map((row) => columns.map(({ text }) => oneLine(text(row)))),
  ];
  const widths = fitted(
    columns,
    columns.map((_, index) => lines.reduce((most, line) => Math.max(most, [...line[index]!].length), 0)),
    columnsMax,
  );
  return lines
    .map((line) =>
      line
        .map((cell, index) => padded(shortened(cell, widths[index]!), widths[index]!, columns[index]!))
        .join(' '.repeat(gap))
        .trimEnd(),
    )
    .join('\n');
}

/** Names and values below each other. */
export function listing(fields: Readonly<Record<string, string>>): string {
  const width = Math.max(...Object.keys(fields).map((name) => name.length));
  return Object.entries(fields)
    .map(([name, value]) => `${name.padEnd(width)}  ${oneLine(value)}`)
    .join('\n');
}

/** Names and notes come from users: what moves a terminal's cursor or makes it do something is not passed on. */
export const oneLine = (text: string): string => text.replace(/\p{Cc}+/gu, ' ');

function fitted<Row>(columns: readonly Column<Row>[], natural: readonly number[], columnsMax = Infinity): number[] {
  const widths = [...natural];
  const total = () => widths.reduce((sum, width) => sum + width, gap * (widths.length - 1));
  while (total() > columnsMax) {
    const candidates = widths.map((width, index) => (columns[index]!.shrinks && width > shortest ? width : 0));
    const widest = candidates.indexOf(Math.max(...candidates));
    if (!candidates[widest]) break;
    widths[widest]! -= 1;
  }
  return widths;
}

function shortened(cell: string, width: number): string {
  const characters = [...cell];
  return characters.length <= width ? cell : `${characters.slice(0, width - 1).join('')}…`;
}

function padded<Row>(cell: string, width: number, { align = 'left' }: Column<Row>): string {
  const blank = ' '.repeat(Math.max(0, width - [...cell].length));
  return align === 'right' ? blank + cell : cell + blank;
}

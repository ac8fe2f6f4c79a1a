import { checkPlot, type Plot, type PlotLine, ratioAt, ticks, widthGib } from './plot';

const [width, height] = [760, 420];
const area = { left: 64, top: 48, right: 736, bottom: 352 };

/** Lines are told apart by colour and by dashes, on light and on dark ground; the colours are those of Okabe and Ito. */
const strokes = [
  { light: '#0072b2', dark: '#56b4e9', dash: 'none' },
  { light: '#d55e00', dark: '#e69f00', dash: '8 4' },
  { light: '#007a59', dark: '#2cc295', dash: '2 4' },
  { light: '#a8407f', dark: '#e29ac4', dash: '10 4 2 4' },
  { light: '#555555', dark: '#bbbbbb', dash: '4 2' },
];

/**
 * Curves as an SVG document of fixed size that follows the reader's light or dark ground. Equal plots give equal text. Throws
 * `UnplottableError`.
 */
export function plotCurveSvg(plot: Plot): string {
  checkPlot(plot);
  const end = widthGib(plot);
  const x = (limitGib: number) => round(area.left + (Math.min(limitGib, end) / end) * (area.right - area.left));
  const y = (ratio: number) => round(area.bottom - ratio * (area.bottom - area.top));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escaped(plot.title)}</title>`,
    `<style>${style()}</style>`,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    text(area.left, 28, plot.title, 'title'),
    ...[0, 0.25, 0.5, 0.75, 1].flatMap((ratio) => [
      `<path class="grid" d="M${area.left} ${y(ratio)}H${area.right}"/>`,
      text(area.left - 8, y(ratio) + 4, `${ratio * 100} %`, 'end'),
    ]),
    ...ticks(end, 8).flatMap((tick) => [
      `<path class="grid" d="M${x(tick)} ${area.top}V${area.bottom}"/>`,
      text(x(tick), area.bottom + 18, tick === 0 ? '0 GiB' : String(tick), 'middle'),
    ]),
    ...(plot.marks ?? []).flatMap(({ limitGib, label }) => [
      `<path class="mark" d="M${x(limitGib)} ${area.top}V${area.bottom}"/>`,
      text(x(limitGib), area.top - 6, label, 'middle'),
    ]),
    ...plot.lines.flatMap((line, ordinal) => [
      `<path class="line line${ordinal}" d="${pathOf(line, { x, y, end })}"/>`,
      `<path class="line line${ordinal}" d="M${legendAt(ordinal)} ${area.bottom + 44}h28"/>`,
      text(legendAt(ordinal) + 36, area.bottom + 48, line.name, ''),
    ]),
    '</svg>',
    '',
  ].join('\n');
}

const legendAt = (ordinal: number) => area.left + ordinal * 136;

interface Scale {
  readonly x: (limitGib: number) => number;
  readonly y: (ratio: number) => number;
  readonly end: number;
}

/** As `ratioAt` has it. */
function pathOf(line: PlotLine, { x, y, end }: Scale): string {
  const inside = line.points.filter(({ limitGib }) => limitGib <= end);
  const [first, ...rest] = inside.map(({ limitGib, ratio }) => `${x(limitGib)} ${y(ratio)}`);
  const start = `M${x(0)} ${y(0)}`;
  if (first === undefined) return `${start}H${x(end)}`;
  const straight = rest.map((point) => `L${point}`).join('');
  return `${start}H${x(inside[0]!.limitGib)}L${first}${straight}L${x(end)} ${y(ratioAt(line, end))}`;
}

function text(x: number, y: number, content: string, name: string): string {
  return `<text x="${x}" y="${y}"${name ? ` class="${name}"` : ''}>${escaped(content)}</text>`;
}

function style(): string {
  const lines = (ground: 'light' | 'dark') =>
    strokes.map((stroke, ordinal) => `.line${ordinal}{stroke:${stroke[ground]}}`).join('');
  return [
    'text{font:13px system-ui,sans-serif;fill:#222}.title{font-size:15px;font-weight:600}',
    '.end{text-anchor:end}.middle{text-anchor:middle}.ground{fill:#fff}',
    '.grid{stroke:#ddd}.mark{stroke:#777;stroke-dasharray:3 3}.line{fill:none;stroke-width:2}',
    strokes.map(({ dash }, ordinal) => `.line${ordinal}{stroke-dasharray:${dash}}`).join(''),
    lines('light'),
    `@media(prefers-color-scheme:dark){text{fill:#ddd}.ground{fill:#16181d}.grid{stroke:#363a44}.mark{stroke:#999}${lines('dark')}}`,
  ].join('');
}

const round = (value: number) => Math.round(value * 10) / 10;
const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Also without the characters that no XML may hold. */
const escaped = (content: string) =>
  content.replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD]/g, '').replace(/[&<>"]/g, (character) => entities[character]!);

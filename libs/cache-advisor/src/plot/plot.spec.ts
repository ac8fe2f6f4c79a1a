import type { Plot } from './plot';
import { ticks, widthGib } from './plot';
import { plotCurveSvg } from './plot-svg';
import { plotCurveText } from './plot-text';

const plot: Plot = {
  title: 'Served of requests',
  lines: [
    {
      name: 'lru',
      points: [
        { limitGib: 50, ratio: 0.4 },
        { limitGib: 120, ratio: 0.7 },
        { limitGib: 400, ratio: 0.7 },
      ],
    },
    {
      name: 'sieve',
      points: [
        { limitGib: 40, ratio: 0.6 },
        { limitGib: 200, ratio: 0.75 },
      ],
    },
  ],
  marks: [{ limitGib: 100, label: 'today' }],
};

test('a plot for a terminal', () => {
  expect(plotCurveText(plot, { columns: 56, rows: 9 }).split('\n')).toEqual([
    'Served of requests',
    '100 %|                         |',
    '     |                         |',
    ' 75 %|                         |   *********************',
    '     |          oooooooooooo*******oooo',
    ' 50 %|               *******   |',
    '     |             **          |',
    ' 25 %|                         |',
    '     |                         |',
    '  0 %|*************            |',
    '     +--------------------------------------------------',
    '      0 GiB                    100                     200',
    '      * lru      o sieve      | today: 100 GiB',
  ]);
});

test('an SVG has every part, and is the same for the same plot', () => {
  const svg = plotCurveSvg(plot);
  expect(svg).toBe(plotCurveSvg(structuredClone(plot)));
  expect(svg.match(/<path class="(line|mark)[^>]+>/g)).toEqual([
    '<path class="mark" d="M400 48V352"/>',
    '<path class="line line0" d="M64 352H232L232 230.4L467.2 139.2L736 139.2"/>',
    '<path class="line line0" d="M64 396h28"/>',
    '<path class="line line1" d="M64 352H198.4L198.4 169.6L736 124L736 124"/>',
    '<path class="line line1" d="M200 396h28"/>',
  ]);
  for (const word of ['>lru<', '>sieve<', '>today<', '>0 GiB<', '>100 %<', 'prefers-color-scheme:dark'])
    expect(svg).toContain(word);
});

test('names are text in an SVG, whatever they hold', () => {
  const svg = plotCurveSvg({ title: '<script>&"\u0000', lines: [{ name: '</text>', points: [] }] });
  expect(svg).toContain('&lt;script&gt;&amp;&quot;</text>');
  expect(svg).not.toMatch(/<script|<\/text><\/text>|\u0000/);
});

test('nothing to plot is an empty plot', () => {
  expect(plotCurveText({ title: 'nothing', lines: [] }, { columns: 40, rows: 5 }).split('\n')).toHaveLength(9);
  expect(plotCurveSvg({ title: 'nothing', lines: [] })).toContain('nothing');
});

test('the axis ends where the last line stops to rise, or at the last mark', () => {
  expect(widthGib(plot)).toBe(200);
  expect(widthGib({ ...plot, marks: [{ limitGib: 500, label: 'today' }] })).toBe(500);
});

test('figures on an axis are round and whole', () => {
  expect(ticks(200, 8)).toEqual([0, 50, 100, 150, 200]);
  expect(ticks(3, 8)).toEqual([0, 1, 2, 3]);
  expect(ticks(123_456, 6)).toEqual([0, 50_000, 100_000]);
});

test.each<[string, Plot, string]>([
  [
    'more lines than can be told apart',
    { title: '', lines: Array.from({ length: 6 }, () => plot.lines[0]!) },
    '6 lines; at most 5',
  ],
  ['a limit that is none', { title: '', lines: [], marks: [{ limitGib: NaN, label: '' }] }, 'a limit of NaN GiB'],
])('%s is refused', (_, wrong, message) => {
  expect(() => plotCurveSvg(wrong)).toThrow(message);
  expect(() => plotCurveText(wrong)).toThrow(message);
});

import type { RunProgram } from '@hearth/driver-api';
import { ProgramError, type ProgramEnding } from '../run-program';
import type { HeldFiles } from './block-map';
import { BlockWindows } from './block-windows';

const gib = 2 ** 30;
const raw: HeldFiles = { format: 'raw', own: 3 };
const overlay: HeldFiles = { format: 'overlay', own: 3, base: 4 };

/** Plays `qemu-img map`: all zeros; it fails as told for ranges larger than it can bear. */
function mapping({ bytesMax = Infinity, ending }: { bytesMax?: number; ending?: ProgramEnding } = {}) {
  const asked: [number, number][] = [];
  const run: RunProgram = async (argv, options) => {
    const number = (flag: string) => Number(argv.find((word) => word.startsWith(flag))?.slice(flag.length));
    const [start, length] = [number('--start-offset='), number('--max-length=')];
    asked.push([start / gib, length / gib]);
    const fails = options?.signal?.aborted ? 'called-off' : length > bytesMax ? 'too-much-output' : ending;
    if (fails) throw new ProgramError('the test wants it', argv, undefined, '', { ending: fails });
    return { stdout: JSON.stringify([{ start, length, depth: 0, zero: true, data: false }]), stderr: '' };
  };
  return { run, asked };
}

function windowsOf(files: HeldFiles, run: RunProgram) {
  const reasons: Error[] = [];
  const windows = new BlockWindows({ files, sizeBytes: 100 * gib, run, onBlind: (reason) => reasons.push(reason) });
  return { windows, reasons };
}

test('a window is asked for once, whoever waits for it, and the last one ends with the object', async () => {
  const { run, asked } = mapping();
  const { windows } = windowsOf(overlay, run);
  const found = await Promise.all([0, 1, 63 * gib, 64 * gib, 100 * gib - 1].map((offset) => windows.at(offset)));
  expect(found.map(({ start }) => start / gib)).toEqual([0, 0, 0, 64, 64]);
  expect(found.map(({ end }) => end / gib)).toEqual([64, 64, 64, 100, 100]);
  expect(asked).toEqual([[0, 64], [64, 36]]); // prettier-ignore
});

test.each([
  ['raw', raw],
  ['overlay', overlay],
])(
  'of a %s object, a window that is told at too great length is halved, for those that follow too',
  async (_, files) => {
    const { run, asked } = mapping({ bytesMax: 16 * gib });
    const { windows, reasons } = windowsOf(files, run);
    expect(await windows.at(20 * gib)).toMatchObject({ start: 16 * gib, end: 32 * gib });
    expect(await windows.at(40 * gib)).toMatchObject({ start: 32 * gib, end: 48 * gib });
    expect(asked).toEqual([[0, 64], [0, 32], [16, 16], [32, 16]]); // prettier-ignore
    expect(reasons).toEqual([]);
  },
);

test('a raw object that is told at too great length in any window counts as data, and says so once', async () => {
  const { run, asked } = mapping({ bytesMax: 1 });
  const { windows, reasons } = windowsOf(raw, run);
  const first = await windows.at(gib);
  expect(first.blocks).toEqual([{ start: gib, length: gib / 4, stored: { depth: 0, offset: gib } }]);
  const askedBefore = asked.length;
  await windows.at(99 * gib);
  expect([asked.length, reasons.length]).toEqual([askedBefore, 1]);
});

test.each<ProgramEnding>(['not-installed', 'exited', 'too-slow'])(
  'a raw object counts as data when the map is %s',
  async (ending) => {
    const { run, asked } = mapping({ ending });
    const { windows, reasons } = windowsOf(raw, run);
    expect((await windows.at(0)).blocks).toEqual([{ start: 0, length: 64 * gib, stored: { depth: 0, offset: 0 } }]);
    await windows.at(64 * gib);
    expect([asked.length, reasons.length]).toEqual([1, 1]);
  },
);

test.each<ProgramEnding>(['not-installed', 'exited', 'too-much-output'])(
  'an overlay cannot be read when the map is %s',
  async (ending) => {
    const { windows, reasons } = windowsOf(overlay, mapping({ ending }).run);
    await expect(windows.at(0)).rejects.toMatchObject({ ending });
    expect(reasons).toEqual([]);
  },
);

test('a failure is not kept: the window can be asked for again', async () => {
  const { run } = mapping();
  let fails = true;
  const { windows } = windowsOf(overlay, (argv) => (fails ? Promise.reject(new Error('once')) : run(argv)));
  await expect(windows.at(0)).rejects.toThrow('once');
  fails = false;
  expect(await windows.at(0)).toMatchObject({ start: 0 });
});

test('once closed, nothing is asked or guessed', async () => {
  const { run } = mapping();
  const { windows, reasons } = windowsOf(raw, run);
  await windows.at(0);
  windows.close();
  await expect(windows.at(0)).rejects.toMatchObject({ ending: 'called-off' });
  expect(reasons).toEqual([]);
});

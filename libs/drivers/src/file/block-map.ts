import type { RunProgram } from '@hearth/driver-api';
import { z } from 'zod';

/** A stretch of an object that is stored in one way. */
export interface Block {
  /** Where the guest sees it. */
  readonly start: number;
  readonly length: number;
  /**
   * Its data lies at this offset of the object's own file (depth 0) or of the base (depth 1); `zeros`: nowhere; `unreadable`:
   * somewhere that a plain read does not reach, such as a compressed cluster.
   */
  readonly stored: 'zeros' | 'unreadable' | { readonly depth: 0 | 1; readonly offset: number };
}

/** A range of an object, and the blocks that cover it without a gap. */
export interface BlockWindow {
  readonly start: number;
  readonly end: number;
  readonly blocks: readonly Block[];
}

const entries = z.array(
  z.object({
    start: z.int().min(0),
    length: z.int().min(0),
    depth: z.int().min(0),
    zero: z.boolean(),
    data: z.boolean(),
    offset: z.int().min(0).optional(),
  }),
);

/** The files of one object, held open; what is mapped is what is held, whatever became of its name. */
export type HeldFiles =
  | { readonly format: 'raw'; readonly own: number }
  | { readonly format: 'overlay'; readonly own: number; readonly base: number };

/**
 * The program that tells how a range of an object is stored. It is given our open files, and every format: the content must
 * choose neither. A raw file is looked at without regard to QEMU's locks, because only the file system is asked.
 */
export function mapCommand(files: HeldFiles, start: number, length: number): [string, ...string[]] {
  const held = (descriptor: number) => `/proc/${process.pid}/fd/${descriptor}`;
  const range = [`--start-offset=${start}`, `--max-length=${length}`];
  const map: [string, ...string[]] = ['qemu-img', 'map', '--output=json', ...range];
  if (files.format === 'raw') return [...map, '-U', '-f', 'raw', held(files.own)];
  const own = `driver=qcow2,file.driver=file,file.filename=${held(files.own)}`;
  const base = `backing.driver=raw,backing.file.driver=file,backing.file.filename=${held(files.base)}`;
  return [...map, '--image-opts', `${own},${base}`];
}

/** Asks for the blocks of the range. Throws a `ProgramError`, or an `Error` for an answer that is none. */
export async function mapBlocks(
  files: HeldFiles,
  { start, end }: { readonly start: number; readonly end: number },
  run: RunProgram,
  signal: AbortSignal,
): Promise<BlockWindow> {
  const { stdout } = await run(mapCommand(files, start, end - start), { signal });
  return { start, end, blocks: parseBlocks(stdout, start, end) };
}

/** The blocks that `qemu-img map` printed for the range from `start` to `end`; throws unless they cover it. */
export function parseBlocks(json: string, start: number, end: number): Block[] {
  const found: unknown = JSON.parse(json);
  const result = entries.safeParse(found);
  if (!result.success) throw new Error(`the map of blocks has another shape: ${result.error.issues[0]?.message}`);
  const blocks: Block[] = [];
  let at = start;
  for (const entry of result.data) {
    if (entry.length === 0) continue;
    if (entry.start !== at) throw new Error(`the map of blocks goes on at ${entry.start} instead of ${at}`);
    at += entry.length;
    // A size is rounded up to whole sectors.
    const length = Math.min(entry.length, end - entry.start);
    if (length > 0) blocks.push({ start: entry.start, length, stored: storedOf(entry) });
  }
  if (at < end) throw new Error(`the map of blocks ends at ${at} instead of ${end}`);
  return blocks;
}

function storedOf({ depth, zero, data, offset }: z.output<typeof entries>[number]): Block['stored'] {
  if (zero) return 'zeros';
  if (data && offset !== undefined && (depth === 0 || depth === 1)) return { depth, offset };
  return 'unreadable';
}

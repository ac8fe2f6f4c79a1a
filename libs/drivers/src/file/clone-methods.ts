import { constants } from 'node:fs';
import { chmod, copyFile, type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { RunProgram } from '@hearth/driver-api';
import { fileMode, type ObjectFiles, type StoredObject, writableBits } from './object-files';
import { emptyOverlay } from './overlay-header';

/**
 * What a method of cloning works with. The source is whole. The target may be there when its content is to be replaced: it stays what it
 * was until `ObjectFiles.settle`, or turns into the clone at once.
 */
export interface CloneTask {
  readonly files: ObjectFiles;
  readonly run: RunProgram;
  readonly source: StoredObject;
  readonly target: string;
  readonly sizeBytes: number;
}

/** What it takes to clone an overlay as one. */
export interface OverlayTask extends CloneTask {
  /** The raw file under the source. */
  readonly sourceBase: string;
}

const copyBytesPerMsMin = 5_000;

/**
 * Shares the source's extents: time grows with their number, not with the data. Rename and directory entry become durable
 * together with the extents or not at all, and before we answer.
 */
export async function cloneByReflink({ files, source, target, sizeBytes }: CloneTask): Promise<void> {
  const partial = files.path(target, 'partial');
  await files.discardRemains(target);
  await copyFile(source.path, partial, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
  if ((source.mode & writableBits) === 0) await chmod(partial, fileMode);
  await finishPartial(await open(partial, 'r+'), sizeBytes);
  await files.publish(target, 'raw');
}

/**
 * Puts a qcow2 overlay over a hard link of its own to the source's file: removing the source takes nothing away, and the
 * bytes go with the last link, without anybody keeping count. The source must never be written again: its write bits go.
 */
export async function cloneByOverlay({ files, source, target, sizeBytes }: CloneTask): Promise<void> {
  const overlay = emptyOverlay(basename(files.path(target, 'base')), sizeBytes);
  const partial = await files.createPartial(target);
  try {
    await files.linkBase(target, source.path);
    await partial.truncate(overlay.lengthBytes);
    for (const { offset, bytes } of overlay.pieces) await partial.write(bytes, 0, bytes.length, offset);
  } catch (error) {
    await partial.close();
    throw error;
  }
  await finishPartial(partial, overlay.lengthBytes);
  await files.publish(target, 'overlay');
}

/**
 * Copies what the source has written since it became an overlay, over the same base: however often an overlay is cloned, it stands on
 * one raw file and no more.
 */
export async function cloneOverlay({ files, run, source, target, sizeBytes, sourceBase }: OverlayTask): Promise<void> {
  const path = files.path(target, 'partial');
  const partial = await files.createPartial(target);
  try {
    await files.linkBase(target, sourceBase);
    await run(['cp', '--reflink=auto', '--sparse=always', '--', source.path, path], timeLimit(source));
    const base = basename(files.path(target, 'base'));
    await run(['qemu-img', 'rebase', '-q', '-u', '-f', 'qcow2', '-F', 'raw', '-b', base, path]);
    if (sizeBytes > source.sizeBytes) await run(['qemu-img', 'resize', '-q', '-f', 'qcow2', path, String(sizeBytes)]);
    await partial.sync();
  } finally {
    await partial.close();
  }
  await files.publish(target, 'overlay');
}

/** Copies the data and leaves the holes; an overlay is flattened, so that the copy needs nothing but itself. */
export async function cloneByCopy({ files, run, source, target, sizeBytes }: CloneTask): Promise<void> {
  const path = files.path(target, 'partial');
  const partial = await files.createPartial(target); // made here, so that its mode is ours and not the source's
  try {
    await run(copyCommand(source, path), timeLimit(source));
  } catch (error) {
    await partial.close();
    throw error;
  }
  await finishPartial(partial, sizeBytes);
  await files.publish(target, 'raw');
}

function timeLimit({ sizeBytes }: StoredObject): { readonly timeoutMs: number } {
  return { timeoutMs: 60_000 + sizeBytes / copyBytesPerMsMin };
}

/** The program that copies, with the format always given: the content must not choose it. */
export function copyCommand(source: Pick<StoredObject, 'format' | 'path'>, to: string): [string, ...string[]] {
  return source.format === 'raw'
    ? ['cp', '--reflink=never', '--sparse=always', '--', source.path, to]
    : ['qemu-img', 'convert', '-f', 'qcow2', '-O', 'raw', '-S', '64k', source.path, to];
}

/** Gives work in progress its full length and makes it durable; closes it in any case. */
export async function finishPartial(partial: FileHandle, lengthBytes: number): Promise<void> {
  try {
    await partial.truncate(lengthBytes);
    await partial.sync();
  } finally {
    await partial.close();
  }
}

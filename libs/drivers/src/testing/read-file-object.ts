import { mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunProgram } from '@hearth/driver-api';

const blockBytes = 4096;

/** What a guest would read of an object: the file itself, or an overlay as QEMU sees it. */
export async function readFileObject(
  directory: string,
  name: string,
  offset: number,
  length: number,
  run: RunProgram,
): Promise<Uint8Array> {
  const overlay = join(directory, `${name}.qcow2`);
  const isRaw = await stat(join(directory, name)).then(
    (found) => found.isFile(),
    () => false,
  );
  return isRaw ? readRaw(join(directory, name), offset, length) : readThroughQemu(overlay, offset, length, run);
}

async function readRaw(path: string, offset: number, length: number): Promise<Uint8Array> {
  const handle = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function readThroughQemu(path: string, offset: number, length: number, run: RunProgram): Promise<Uint8Array> {
  const scratch = await mkdtemp(join(tmpdir(), 'hearth-read-'));
  try {
    const first = Math.floor(offset / blockBytes);
    const end = Math.ceil((offset + length) / blockBytes);
    const to = join(scratch, 'bytes');
    // `count` is counted from the start of the image, `skip` included.
    await run([
      'qemu-img',
      'dd',
      '-f',
      'qcow2',
      '-O',
      'raw',
      `bs=${blockBytes}`,
      `skip=${first}`,
      `count=${end}`,
      `if=${path}`,
      `of=${to}`,
    ]);
    const bytes = await readFile(to);
    return bytes.subarray(offset - first * blockBytes, offset - first * blockBytes + length);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

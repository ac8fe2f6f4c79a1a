import type { FileHandle } from 'node:fs/promises';
import { extname } from 'node:path';
import { createInspector, type Verdict } from '@hearth/image-format';
import type { FileFacts } from './image-record';

const chunkBytes = 256 * 1024;
/** More than any header the inspector wants to see. */
const inspectedBytesMax = 8 * 1024 * 1024;

/**
 * The format of a file and the size of the disk in it. A name that ends in `.raw`, `.qcow2`, `.iso` and the like is its
 * owner's word, as an upload's `disk_format` is for Glance, and is not corrected; otherwise the bytes decide. What a `.gz` holds is
 * not looked at: the name before that says it, or it is raw.
 */
export async function inspectFile(
  handle: FileHandle,
  { fileName, sizeBytes }: { fileName: string; sizeBytes: number },
): Promise<Pick<FileFacts, 'diskFormat' | 'containerFormat' | 'virtualSizeBytes'>> {
  if (/\.gz$/i.test(fileName)) {
    const diskFormat = claimedFormat(fileName.slice(0, -'.gz'.length)) ?? 'raw';
    return { diskFormat, containerFormat: 'compressed', virtualSizeBytes: null };
  }
  const containerFormat = 'bare';
  const verdict = await judge(handle);
  const detected = verdict.kind === 'accepted' ? verdict.format : (verdict.detected ?? 'raw');
  const diskFormat = claimedFormat(fileName) ?? (glanceFormats.includes(detected) ? detected : 'raw');
  if (diskFormat === 'raw' || diskFormat === 'iso') return { diskFormat, containerFormat, virtualSizeBytes: sizeBytes };
  const isWhatItSays = verdict.kind === 'accepted' && verdict.format === 'qcow2' && diskFormat === 'qcow2';
  return { diskFormat, containerFormat, virtualSizeBytes: isWhatItSays ? verdict.virtualSizeBytes : null };
}

const glanceFormats = ['raw', 'qcow2', 'vmdk', 'vhd', 'vhdx', 'vdi', 'iso'];

function claimedFormat(fileName: string): string | undefined {
  const extension = extname(fileName).slice(1).toLowerCase();
  return glanceFormats.find((format) => format === extension);
}

async function judge(handle: FileHandle): Promise<Verdict> {
  const inspector = createInspector();
  for (let position = 0; position < inspectedBytesMax;) {
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(chunkBytes), { position });
    if (bytesRead === 0) break;
    const verdict = inspector.push(buffer.subarray(0, bytesRead));
    if (verdict) return verdict;
    position += bytesRead;
  }
  return inspector.end();
}

import { lendForReading } from '../fill/convert/qemu-img';
import { type ScratchFile, openScratchFile } from '../fill/convert/scratch-file';

/** Memory, under a file system's name. */
const memory = '/dev/shm';

/**
 * Gives a program a passphrase as a descriptor of a file that has no name, lies in memory, and is over with the work: no argument, no
 * variable and no folder shows it. Where the host has no such memory, the file is one of the scratch directory.
 *
 * @param gid the group that the program runs in; undefined if it runs as ourselves
 */
export async function lendPassphrase<Result>(
  key: Buffer,
  { scratchDirectory, gid }: { readonly scratchDirectory: string; readonly gid: number | undefined },
  work: (fd: number) => Promise<Result>,
): Promise<Result> {
  const file = await openInMemory(scratchDirectory);
  const passphrase = passphraseOf(key);
  try {
    await file.write(passphrase, 0);
    return await lendForReading(file, gid, work);
  } finally {
    await file.write(passphrase.fill(0), 0).catch(() => undefined);
    await file.close();
  }
}

async function openInMemory(scratchDirectory: string): Promise<ScratchFile> {
  try {
    return await openScratchFile(memory);
  } catch {
    return openScratchFile(scratchDirectory);
  }
}

/** As Cinder, Nova and os-brick make a passphrase of a key: its bytes in hexadecimal. */
export function passphraseOf(key: Buffer): Buffer {
  return Buffer.from(key.toString('hex'), 'latin1');
}

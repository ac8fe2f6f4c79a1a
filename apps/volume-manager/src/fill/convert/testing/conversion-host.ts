import { createCipheriv } from 'node:crypto';
import { copyFile, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Confinement, openConfinement } from '../confinement';
import { type ConversionLimits, defaultConversionLimits } from '../conversion-limits';
import type { QemuImg } from '../qemu-img';
import { type ScratchFile, openScratchFile } from '../scratch-file';
import { ScratchSpace } from '../scratch-space';

const MiB = 2 ** 20;

/** A place to convert images in, with the real program. */
export interface ConversionHost {
  readonly directory: string;
  readonly scratch: ScratchSpace;
  readonly confinement: Confinement;
  /** Path of the real program. */
  readonly program: string;
  qemuImg(limits?: Partial<ConversionLimits>): QemuImg;
  /** Another program in its place: a line of shell that gets qemu-img's arguments. */
  standIn(script: string, limits?: Partial<ConversionLimits>): QemuImg;
  /** An image on its way in, as a fill would have stored it. */
  store(path: string): Promise<ScratchFile>;
  stop(): Promise<void>;
}

/** Throws where programs cannot be given to another user. */
export function requireRoot(): void {
  if (process.getuid?.() !== 0) throw new Error('how programs are confined is tested as root; run this suite as root');
}

/** @param program path of the real qemu-img */
export async function startConversionHost(directory: string, program: string): Promise<ConversionHost> {
  requireRoot();
  const log = { info: () => undefined, warn: () => undefined };
  const confinement = await openConfinement({ user: 'nobody', program, least: 'view', log });
  const scratch = new ScratchSpace(join(directory, 'scratch'));
  const withLimits = (limits: Partial<ConversionLimits> = {}) => ({
    confinement,
    limits: { ...defaultConversionLimits, ...limits },
  });
  return {
    directory,
    scratch,
    confinement,
    program,
    qemuImg: (limits) => ({ ...withLimits(limits), program: [program] }),
    standIn: (script, limits) => ({ ...withLimits(limits), program: ['sh', '-c', script, 'qemu-img'] }),
    store: async (path) => storeImage(await readFile(path), scratch.directory),
    stop: () => confinement.close(),
  };
}

export async function storeImage(bytes: Uint8Array, directory: string): Promise<ScratchFile> {
  const file = await openScratchFile(directory);
  await file.write(bytes, 0);
  return file;
}

export interface DiskPart {
  readonly atBytes: number;
  readonly lengthBytes: number;
}

/** A sparse raw disk with noise in some places. */
export async function makeDisk(path: string, sizeBytes: number, parts: readonly DiskPart[]): Promise<string> {
  const file = await open(path, 'w');
  await file.truncate(sizeBytes);
  for (const { atBytes, lengthBytes } of parts) {
    const noise = createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), Buffer.alloc(16, atBytes % 251));
    for (let done = 0; done < lengthBytes; done += MiB) {
      const bytes = noise.update(Buffer.alloc(Math.min(MiB, lengthBytes - done)));
      await file.write(bytes, 0, bytes.length, atBytes + done);
    }
  }
  await file.close();
  return path;
}

/** Gives a vhd of 80 MiB the maker and the geometry that VirtualBox writes; both copies of the footer are sealed again. */
export async function asFromVirtualBox(path: string, to: string): Promise<string> {
  await copyFile(path, to);
  const file = await open(to, 'r+');
  const { size } = await file.stat();
  for (const position of [0, size - 512]) {
    const footer = Buffer.alloc(512);
    await file.read(footer, 0, 512, position);
    footer.write('vbox', 28, 'latin1');
    // 963 cylinders of 10 heads with 17 sectors each: 130 sectors less than the disk has.
    footer.set([963 >> 8, 963 & 255, 10, 17], 56);
    footer.writeUInt32BE(0, 64);
    const sum = footer.reduce((total, byte) => total + byte, 0);
    footer.writeUInt32BE(~sum >>> 0, 64);
    await file.write(footer, 0, 512, position);
  }
  await file.close();
  return to;
}

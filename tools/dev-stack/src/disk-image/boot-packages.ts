import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ExtractOptions, extractDebianPackages } from '@hearth/testing/servers';

/** What a bootable disk is made of and with: paths of files, programs and folders. */
export interface BootParts {
  readonly kernel: string;
  /** The kernel's own folder below /lib/modules. */
  readonly modulesDirectory: string;
  /** A statically linked busybox. */
  readonly busybox: string;
  /** Boot code for the first sector. */
  readonly bootCode: string;
  /** A program that makes a FAT partition bootable. It runs programs of mtools. */
  readonly syslinux: string;
  /** A folder of programs that make and fill FAT partitions without mounting them. */
  readonly mtoolsDirectory: string;
}

const packages = [
  { name: 'linux-image-cloud-amd64', dependency: /^linux-image-\d.*-cloud-amd64$/ },
  { name: 'busybox-static' },
  { name: 'syslinux' },
  { name: 'syslinux-common' },
  { name: 'mtools' },
];

/**
 * Unpacks Debian's packages into a folder of ours, once (30 MB to fetch, 110 MB unpacked); nothing is installed. The kernel
 * stays the one that was the newest then.
 * @throws Error where the machine is no Debian of amd64, or the packages cannot be fetched.
 */
export async function fetchBootParts(options: ExtractOptions): Promise<BootParts> {
  await requireDebian();
  const roots = await extractDebianPackages(packages, options);
  const [linux, busybox, syslinux, syslinuxCommon, mtools] = roots as [string, string, string, string, string];
  const release = (await readdir(join(linux, 'lib/modules')).catch(() => []))[0];
  if (release === undefined) throw new Error(`the kernel's package below ${linux} holds no modules`);
  return {
    kernel: join(linux, `boot/vmlinuz-${release}`),
    modulesDirectory: join(linux, 'lib/modules', release),
    busybox: join(busybox, 'bin/busybox'),
    bootCode: join(syslinuxCommon, 'usr/lib/syslinux/mbr/mbr.bin'),
    syslinux: join(syslinux, 'usr/bin/syslinux'),
    mtoolsDirectory: join(mtools, 'usr/bin'),
  };
}

async function requireDebian(): Promise<void> {
  if (process.arch !== 'x64') throw new Error(`the packages are for amd64, and this machine is ${process.arch}`);
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const id = /^ID="?([^"\n]*)"?$/m.exec(release)?.[1] ?? 'unknown';
  if (id !== 'debian') throw new Error(`the packages are Debian's, and this system is '${id}'`);
}

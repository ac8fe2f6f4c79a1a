import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { type CpioEntry, packCpio } from './cpio';
import { failedMark, readyMark } from '../guest/guest-words';
import type { KernelModule } from './kernel-modules';

/** Bytes of the disk whose digest the guest is to find; start and length in MiB. */
export interface CheckedRegion {
  readonly startMib: number;
  readonly lengthMib: number;
  readonly sha256: string;
}

/**
 * The guest's whole user space, packed for the kernel: busybox, the modules that reach the disk, and a script that prints
 * how large the disk is and whether the region is what it was made as, and switches off.
 */
export async function makeInitramfs({
  busybox,
  modules,
  region,
}: {
  /** Path of a statically linked busybox. */
  readonly busybox: string;
  /** In the order of loading. */
  readonly modules: readonly KernelModule[];
  readonly region: CheckedRegion;
}): Promise<Buffer> {
  const entries: CpioEntry[] = ['bin', 'dev', 'modules', 'proc', 'sys'].map((path) => ({ path, kind: 'directory' }));
  entries.push({ path: 'dev/console', kind: 'character-device', major: 5, minor: 1 });
  entries.push({ path: 'bin/busybox', kind: 'file', content: await readFile(busybox), isProgram: true });
  for (const { name, file } of modules) {
    entries.push({ path: `modules/${name}.ko`, kind: 'file', content: await readFile(file) });
  }
  const script = initScript(
    modules.map(({ name }) => name),
    region,
  );
  entries.push({ path: 'init', kind: 'file', content: Buffer.from(script), isProgram: true });
  return gzipSync(packCpio(entries), { level: 6 });
}

/** What the kernel runs as process 1. The kernel falls silent before the line that counts, lest it writes into it. */
function initScript(moduleNames: readonly string[], { startMib, lengthMib, sha256 }: CheckedRegion): string {
  return `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
finish() { echo "$@"; stty -echo; poweroff -f; }
fail() { finish ${failedMark} "$@"; }
mount -t proc proc /proc && mount -t sysfs sys /sys && mount -t devtmpfs dev /dev || fail no /proc, /sys or /dev
for module in ${moduleNames.join(' ')}; do insmod /modules/$module.ko || fail "module $module"; done
for try in $(seq 100); do [ -b /dev/vda ] && break; usleep 100000; done
[ -b /dev/vda ] || fail no disk /dev/vda
dmesg -n 1
sectors=$(cat /sys/block/vda/size)
sum=$(dd if=/dev/vda bs=1048576 skip=${startMib} count=${lengthMib} 2>/dev/null | sha256sum)
[ "\${sum%% *}" = ${sha256} ] && payload=intact || payload=altered
finish "${readyMark} disk=$((sectors * 512)) sectors=$sectors payload=$payload"
`;
}

import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionInfo, RunProgram } from '@hearth/driver-api';
import type { DriverUnderTest } from '@hearth/driver-api/testing';

/** A guest that gets at a volume by what its attachment was told, as QEMU would: by the path and its format, or by the URI. */
export function fileGuest(run: RunProgram): NonNullable<DriverUnderTest['guest']> {
  return {
    write: (info, offset, bytes) =>
      withScratch(async (scratch) => {
        await writeFile(scratch, bytes);
        await run(qemuIo(info, [`write -s ${scratch} ${offset} ${bytes.length}`, 'flush'], []));
      }),
    read: (info, offset, length) =>
      withScratch(async (scratch) => {
        const { driver, source } = imageOf(info);
        const count = Math.ceil((offset + length) / 512);
        const skip = Math.floor(offset / 512);
        const range = ['bs=512', `skip=${skip}`, `count=${count}`];
        await run(['qemu-img', 'dd', '-U', '-f', driver, '-O', 'raw', ...range, `if=${source}`, `of=${scratch}`]);
        const bytes = await readFile(scratch);
        return bytes.subarray(offset - skip * 512, offset - skip * 512 + length);
      }),
  };
}

/** The program that opens what the attachment was told as a guest's disk, and runs these commands on it. */
export function qemuIo(
  info: ConnectionInfo,
  commands: readonly string[],
  flags: readonly string[],
): [string, ...string[]] {
  const { driver, source } = imageOf(info);
  return ['qemu-io', ...flags, '-f', driver, ...commands.flatMap((command) => ['-c', command]), source];
}

function imageOf({ driverVolumeType, data }: ConnectionInfo): { readonly driver: string; readonly source: string } {
  if (driverVolumeType === 'nbd') return { driver: 'raw', source: String(data['uri']) };
  return { driver: String(data['format']), source: String(data['device_path']) };
}

async function withScratch<T>(work: (path: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'hearth-guest-'));
  try {
    return await work(join(directory, randomUUID()));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

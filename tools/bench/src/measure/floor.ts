// The least that a miss costs, taken apart: fetching the bytes into a synced file, hashing them, converting them.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { requireProgram, runProgram } from '@hearth/testing/servers';
import type { PlacedImage } from '../../../dev-stack/src/demo/place-image';
import { median } from '../figures';

export interface Floor {
  readonly downloadMs: number;
  readonly hashMs: number;
  readonly convertMs: number;
}

/** Medians of several runs on the file system that is measured. */
export async function measureFloor(
  image: PlacedImage,
  { imageServiceUrl, directory, runs }: { imageServiceUrl: string; directory: string; runs: number },
): Promise<Floor> {
  const file = join(directory, 'floor');
  const [curl, qemuImg] = await Promise.all([
    requireProgram('curl', { debianPackage: 'curl' }),
    requireProgram('qemu-img', { debianPackage: 'qemu-utils' }),
  ]);
  const url = `${imageServiceUrl}/v2/images/${image.id}/file`;
  const times = { download: [] as number[], hash: [] as number[], convert: [] as number[] };
  for (let run = 0; run < runs; run++) {
    times.download.push(
      await timed(async () => {
        await runProgram([curl, '--silent', '--fail', '--output', file, url]);
        await syncFile(file);
      }),
    );
    await rm(file);
    times.hash.push(await timed(() => hash(image.file)));
    const argv = [qemuImg, 'convert', '-f', image.diskFormat, '-O', 'raw', image.file, file];
    times.convert.push(await timed(() => runProgram(argv)));
    await rm(file);
  }
  return { downloadMs: median(times.download), hashMs: median(times.hash), convertMs: median(times.convert) };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAtMs = performance.now();
  await work();
  return performance.now() - startedAtMs;
}

async function syncFile(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.datasync().finally(() => handle.close());
}

async function hash(file: string): Promise<void> {
  const sha512 = createHash('sha512');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) sha512.update(chunk as Buffer);
  sha512.digest();
}

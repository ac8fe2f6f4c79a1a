import { createCipheriv, createHash } from 'node:crypto';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A file of the sample tree, made of pieces so that a big one never stands in memory. */
interface SampleFile {
  readonly path: string;
  readonly content: () => Iterable<Buffer>;
}

const mib = 1024 * 1024;

/**
 * Writes a tree that looks like a small system's root: configuration and logs as text, programs and archives as bytes
 * that do not compress. The same content at every run.
 */
export async function writeSampleTree(directory: string, { dataMib }: { dataMib: number }): Promise<void> {
  for (const { path, content } of sampleFiles(dataMib)) {
    const file = join(directory, path);
    await mkdir(dirname(file), { recursive: true });
    const handle = await open(file, 'w', 0o644);
    try {
      for (const piece of content()) await handle.write(piece);
    } finally {
      await handle.close();
    }
  }
  await writeFile(join(directory, 'README'), readme);
}

/** The sizes add up to `dataMib`: a tenth is text, the rest random, in files of very different sizes. */
function* sampleFiles(dataMib: number): Generator<SampleFile> {
  yield { path: 'etc/hostname', content: () => [Buffer.from('hearth-demo\n')] };
  yield { path: 'etc/os-release', content: () => [Buffer.from('NAME="Hearth demo"\nID=hearth-demo\nVERSION_ID=1\n')] };
  const textMib = Math.max(1, Math.floor(dataMib / 10));
  const randomMib = Math.max(1, dataMib - textMib);
  for (let log = 0; log < 4; log++) {
    const bytes = Math.floor((textMib * mib) / 4);
    yield { path: `var/log/service-${log}.log`, content: () => logLines(`log ${log}`, bytes) };
  }
  const smallFiles = 64;
  const smallMib = randomMib / 4;
  for (let small = 0; small < smallFiles; small++) {
    const bytes = Math.floor((smallMib * mib) / smallFiles);
    yield {
      path: `usr/bin/program-${String(small).padStart(2, '0')}`,
      content: () => randomBytes(`small ${small}`, bytes),
    };
  }
  for (let archive = 0; archive < 3; archive++) {
    const bytes = Math.floor(((randomMib - smallMib) * mib) / 3);
    yield { path: `srv/archive-${archive}.bin`, content: () => randomBytes(`archive ${archive}`, bytes) };
  }
}

/** The key stream of a cipher: fast, as incompressible as random bytes, and the same for the same seed. */
export function* randomBytes(seed: string, sizeBytes: number): Generator<Buffer> {
  const key = createHash('sha256').update(seed).digest();
  const cipher = createCipheriv('aes-128-ctr', key.subarray(0, 16), key.subarray(16));
  const zeros = Buffer.alloc(Math.min(sizeBytes, mib));
  for (let left = sizeBytes; left > 0; left -= zeros.length) {
    yield cipher.update(left < zeros.length ? zeros.subarray(0, left) : zeros);
  }
}

const words =
  'accepted closed disk error fetch flushed host idle image lease opened pool retry stored timeout volume'.split(' ');

function* logLines(seed: string, sizeBytes: number): Generator<Buffer> {
  let left = sizeBytes;
  for (const block of randomBytes(seed, sizeBytes)) {
    for (let offset = 0; left > 0 && offset + 8 <= block.length; offset += 8 * 512) {
      const lines = [];
      for (let at = offset; at + 8 <= Math.min(offset + 8 * 512, block.length); at += 8) {
        const [a, b, c] = [block[at]!, block[at + 1]!, block.readUInt32LE(at + 2)];
        lines.push(
          `${c.toString(16).padStart(8, '0')} ${words[a % 16]} ${words[b % 16]} ${words[(a >> 4) ^ (b >> 4)]} ${c}\n`,
        );
      }
      const text = Buffer.from(lines.join(''));
      yield text.subarray(0, Math.min(left, text.length));
      left -= text.length;
    }
  }
}

const readme = 'This disk was made by Hearth for its demonstration. Its files are generated; nothing on it boots.\n';

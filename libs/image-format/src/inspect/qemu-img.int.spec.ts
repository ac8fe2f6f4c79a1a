import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chop } from '../testing/decoding';
import { buildIso } from '../testing/iso.builder';
import { safetyCorpus } from '../testing/safety-corpus';
import { buildFooterVmdk } from '../testing/vmdk.builder';
import { createInspector } from './inspector';
import type { Verdict } from './verdict';

const run = promisify(execFile);
const mib = 1024 * 1024;

let folder: string;
let image: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hearth-inspect-'));
  image = join(folder, 'disk.img');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Info {
  readonly format: string;
  readonly 'virtual-size': number;
}

/** What QEMU sees when it is told the format, or undefined when it does not open the file. */
/** As it is told to look: in a VHD it is to believe the size, not the geometry. */
async function asQemuSees(format: string): Promise<Info | undefined> {
  const sizeRule = format === 'vpc' ? ',force_size_calc=current_size' : '';
  const options = `driver=${format},file.driver=file,file.filename=${image}${sizeRule}`;
  const answer = await run('qemu-img', ['info', '--output=json', '--image-opts', options]).catch(() => undefined);
  return answer && (JSON.parse(answer.stdout) as Info);
}

async function inspectImage(declared?: string): Promise<Verdict> {
  const inspector = createInspector({ declared });
  for await (const read of createReadStream(image, { highWaterMark: mib })) {
    for (const chunk of chop(read as Buffer, [50_000, 1, 700, mib])) inspector.push(chunk);
  }
  return inspector.end();
}

/** A disk of that size with some data in it. */
async function makeDisk(sizeBytes: number): Promise<string> {
  const raw = join(folder, 'disk.raw');
  const file = await open(raw, 'w');
  await file.truncate(sizeBytes);
  for (const at of [0, 3 * mib, sizeBytes - 5000]) await file.write(noise(5000, at), 0, 5000, at);
  await file.close();
  return raw;
}

/** Bytes that do not compress, the same at every run. */
function noise(length: number, seed: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 64) }, (_, at) =>
    createHash('sha512').update(`${seed} ${at}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, length);
}

/** Glance's name, QEMU's, and what to ask of `qemu-img`. */
const kinds: readonly (readonly [declared: string, format: string, options: readonly string[]])[] = [
  ['vmdk', 'vmdk', ['subformat=monolithicSparse']],
  ['vmdk', 'vmdk', ['subformat=streamOptimized']],
  ['vmdk', 'vmdk', ['subformat=monolithicSparse,hwversion=6,adapter_type=lsilogic']],
  ['vhd', 'vpc', ['subformat=dynamic']],
  ['vhd', 'vpc', ['subformat=dynamic,force_size=on']],
  ['vhd', 'vpc', ['subformat=fixed']],
  ['vhd', 'vpc', ['subformat=fixed,force_size=on']],
  ['vhdx', 'vhdx', ['subformat=dynamic']],
  ['vhdx', 'vhdx', ['subformat=fixed,block_size=1M']],
  ['vhdx', 'vhdx', ['block_size=64M,log_size=2M']],
  ['vdi', 'vdi', ['static=off']],
  ['vdi', 'vdi', ['static=on']],
  ['qcow2', 'qcow2', ['compat=0.10']],
  ['qcow2', 'qcow2', ['compat=1.1,compression_type=zstd']],
];

describe.each(kinds)('%s as qemu-img makes it (%s, %s)', (declared, format, options) => {
  async function expectSameOpinion(): Promise<void> {
    const info = await asQemuSees(format);
    expect(info?.format).toBe(format);
    const verdict = await inspectImage(declared);
    expect(verdict).toMatchObject({ kind: 'accepted', format: declared, virtualSizeBytes: info?.['virtual-size'] });
    if ('qemuFormat' in verdict) expect(verdict.qemuFormat).toBe(format);
  }

  test.each([1, 8 * mib, 12 * mib + 1536, 256 * mib + 512])(
    'is accepted empty, with %d bytes asked for',
    async (size) => {
      await run('qemu-img', ['create', '-q', '-f', format, '-o', options.join(), image, `${size}`]);
      await expectSameOpinion();
    },
  );

  test.each([8 * mib, 12 * mib + 1536])('is accepted converted from a disk of %d bytes', async (size) => {
    await run('qemu-img', ['convert', '-f', 'raw', '-O', format, '-o', options.join(), await makeDisk(size), image]);
    await expectSameOpinion();
  });
});

test.each([
  ['vmdk', 'vmdk'],
  ['vhdx', 'vhdx'],
  ['vdi', 'vdi'],
  ['qcow2', 'qcow2'],
])('a %s of five tebibytes is accepted', async (declared, format) => {
  const sizeBytes = 5 * 1024 * 1024 * mib;
  await run('qemu-img', ['create', '-q', '-f', format, image, `${sizeBytes}`]);
  expect(await inspectImage(declared)).toMatchObject({ kind: 'accepted', virtualSizeBytes: sizeBytes });
});

test('VHDs of many sizes have the size that QEMU sees, whatever their geometry', async () => {
  for (const sizeBytes of [
    512,
    68 * 512,
    100_000_256,
    504 * mib,
    7 * 1024 * mib,
    130 * 1024 * mib,
    2040 * 1024 * mib,
  ]) {
    for (const forceSize of ['on', 'off']) {
      await run('qemu-img', ['create', '-q', '-f', 'vpc', '-o', `force_size=${forceSize}`, image, `${sizeBytes}`]);
      const info = await asQemuSees('vpc');
      expect(await inspectImage('vhd')).toMatchObject({ kind: 'accepted', virtualSizeBytes: info?.['virtual-size'] });
    }
  }
});

/** A disk encrypted by `cryptsetup`: with iterations of its own, as measuring them fails on a busy machine. */
async function encrypt(type: 'luks1' | 'luks2'): Promise<void> {
  const key = join(folder, 'key');
  await writeFile(key, 'not a secret');
  await writeFile(image, Buffer.alloc(20 * mib));
  const iterations = ['--pbkdf', 'pbkdf2', '--pbkdf-force-iterations', '1000'];
  await run('cryptsetup', ['luksFormat', '-q', '--type', type, ...iterations, '--key-file', key, image]);
}

test('a disk encrypted with LUKS 1 is accepted, and the disk inside is what lies behind its header', async () => {
  await encrypt('luks1');
  const info = await asQemuSees('luks');
  const verdict = await inspectImage('luks');
  expect(verdict).toMatchObject({ kind: 'accepted', format: 'luks' });
  const payloadOffset = 'payloadOffset' in verdict ? verdict.payloadOffset : NaN;
  expect((await stat(image)).size - payloadOffset).toBe(info?.['virtual-size']);
});

test('a disk encrypted with LUKS 2 is refused', async () => {
  await encrypt('luks2');
  expect(await inspectImage('luks')).toMatchObject({ kind: 'refused', failures: [{ check: 'version' }] });
});

test.each(['monolithicFlat', 'twoGbMaxExtentFlat', 'twoGbMaxExtentSparse'])(
  'a VMDK of the kind %s is refused',
  async (subformat) => {
    await run('qemu-img', ['create', '-q', '-f', 'vmdk', '-o', `subformat=${subformat}`, image, `${8 * mib}`]);
    expect(await inspectImage('vmdk')).toMatchObject({ kind: 'refused', failures: [{ check: 'descriptor-only' }] });
  },
);

test.each([
  ['vmdk', 'vmdk'],
  ['qcow2', 'qcow2'],
])('a %s with a backing file is refused', async (declared, format) => {
  const base = join(folder, 'base.img');
  await run('qemu-img', ['create', '-q', '-f', format, base, `${8 * mib}`]);
  await run('qemu-img', ['create', '-q', '-f', format, '-F', format, '-b', base, image]);
  expect(await inspectImage(declared)).toMatchObject({ kind: 'refused', failures: [{ check: 'backing-file' }] });
});

test('formats that are never read are recognised', async () => {
  for (const format of ['qed', 'parallels']) {
    await run('qemu-img', ['create', '-q', '-f', format, image, `${8 * mib}`]);
    expect(await inspectImage()).toMatchObject({ detected: format, failures: [{ check: 'unsupported-format' }] });
  }
});

test('a disc has as raw bytes the size that QEMU sees', async () => {
  await writeFile(image, buildIso({ sectors: 50 }));
  const info = await asQemuSees('raw');
  expect(await inspectImage('iso')).toMatchObject({ format: 'iso', volumeSizeBytes: info?.['virtual-size'] });
});

test('a streamOptimized VMDK with a footer, which qemu-img reads but cannot make, has the disk that went in', async () => {
  const grains = new Map([
    [1, noise(65_536, 1)],
    [100, noise(65_536, 2)],
  ]);
  await writeFile(image, buildFooterVmdk({ grains }));
  expect(await inspectImage('vmdk')).toMatchObject({ kind: 'accepted', virtualSizeBytes: 8 * mib });
  const raw = join(folder, 'disk.raw');
  await run('qemu-img', ['convert', '-f', 'vmdk', '-O', 'raw', image, raw]);
  const disk = await readFile(raw);
  for (const [grain, bytes] of grains)
    expect(disk.subarray(grain * 65_536, (grain + 1) * 65_536).equals(bytes)).toBe(true);
});

test('QEMU opens every file of the corpus that is accepted to be converted, and sees the same size', async () => {
  const formats: Readonly<Record<string, string>> = { vmdk: 'vmdk', vhd: 'vpc', vhdx: 'vhdx', vdi: 'vdi' };
  for (const { name, declared, bytes, expected } of safetyCorpus()) {
    const format = formats[declared];
    if (expected !== 'accepted' || format === undefined) continue;
    await writeFile(image, bytes);
    const verdict = await inspectImage(declared);
    const virtualSizeBytes = 'virtualSizeBytes' in verdict ? verdict.virtualSizeBytes : undefined;
    expect({ name, virtualSizeBytes }).toEqual({
      name,
      virtualSizeBytes: (await asQemuSees(format))?.['virtual-size'],
    });
  }
});

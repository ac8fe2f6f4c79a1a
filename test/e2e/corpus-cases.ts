// The image library's corpora as images to be made volumes of, and images that point at files of the host.
import { gzipSync } from 'node:zlib';
import {
  buildDescriptor,
  buildHeader,
  buildSparseVmdk,
  type CorpusFile,
  qcow2Corpus,
  type SafetyCase,
  safetyCorpus,
} from '@hearth/image-format/testing';
import type { ImageToServe } from './image-server';

export interface CorpusCase extends ImageToServe {
  readonly name: string;
  readonly diskFormat: string;
  /** The disk that `qemu-img` reads in the image, or in `bytes`, as the format `disk`; or why there must be no volume. */
  readonly expected: { readonly disk: string; readonly bytes?: Buffer } | { readonly failure: RegExp };
}

/** Refused by what Glance has read in the file, before it is asked for. */
const doesNotFit = /^refused: .*virtual size is \d+GB and doesn't fit/;
const withoutTables = /the L1 table .* is missing: the file ends/;

/** Files of which something else becomes than the image library says, each for its reason. */
const otherwise: Readonly<Record<string, RegExp | Buffer>> = {
  'an empty file': /does not say how many bytes/,
  // The inspector is content with their header, a decoder is not.
  'a qcow2 image of version 2': withoutTables,
  'a qcow2 image of version 3': withoutTables,
  'a qcow2 image of version 2 with an extension where features would be': withoutTables,
  'a qcow2 image that was not closed': withoutTables,
  'a qcow2 image with trailing bytes': withoutTables,
  'a qcow2 image of exabytes': doesNotFit,
  'a VMDK with a directory of gigabytes': doesNotFit,
  'a VHD of exabytes': doesNotFit,
  'a VHDX of exabytes': doesNotFit,
  'a VHDX with too few blocks': doesNotFit,
  'a VDI of exabytes': doesNotFit,
  'a disk of 8 PiB': doesNotFit,
  'an L1 table too short for its disk': doesNotFit,
  // QEMU leaves out what is no whole sector.
  'a disk of one byte': Buffer.from([1]),
  'a disk that is no multiple of 512 bytes': Buffer.concat([Buffer.alloc(4096, 1), Buffer.alloc(777, 2)]),
};

/** What `qemu-img` calls the formats that it reads as something else than raw bytes. */
const converted: Readonly<Record<string, string>> = {
  qcow2: 'qcow2',
  vmdk: 'vmdk',
  vhd: 'vpc',
  vhdx: 'vhdx',
  vdi: 'vdi',
};
const diskOf = (diskFormat: string) => ({ disk: converted[diskFormat] ?? 'raw' });

export function corpusCases(): CorpusCase[] {
  return [...safetyCorpus().map(ofSafetyCase), ...qcow2Corpus().map(ofCorpusFile)];
}

/** Formats that Glance has, and files of them at which it fails, with 400 or 500, while they are uploaded. */
const glanceFormats = ['raw', 'qcow2', 'vmdk', 'vhd', 'vhdx', 'vdi', 'iso'];
const notForGlance = [
  'a VMDK of no kind',
  'a VMDK of exabytes',
  'a VHDX with a size of four bytes',
  'qcow2: a disk of 2^63 bytes',
  'qcow2: a disk of 2^64 - 1 bytes',
];
export function isTakenByGlance({ name, diskFormat }: CorpusCase): boolean {
  return glanceFormats.includes(diskFormat) && !notForGlance.includes(name);
}

function ofSafetyCase({ name, declared, bytes, expected }: SafetyCase): CorpusCase {
  const refused = expected === 'accepted' ? '' : expected.refused;
  const failure =
    refused === 'unsupported-format' ? /unsupported-format|are not supported/ : new RegExp(`\\b${refused}\\b`);
  const usual = refused === '' ? diskOf(declared) : { failure };
  return { name, bytes, diskFormat: declared, expected: expectedOf(name, usual) };
}

function ofCorpusFile({ name, bytes, expected }: CorpusFile): CorpusCase {
  const failures = { undecodable: /cannot be read|not acceptable/, refused: /not acceptable/ } as const;
  const isRead = expected === 'decodes' || expected === 'decodes-stored';
  const usual = isRead ? diskOf('qcow2') : { failure: failures[expected] };
  return { name: `qcow2: ${name}`, bytes, diskFormat: 'qcow2', expected: expectedOf(name, usual) };
}

function expectedOf(name: string, usual: CorpusCase['expected']): CorpusCase['expected'] {
  const other = otherwise[name];
  if (!other) return usual;
  return other instanceof RegExp ? { failure: other } : { disk: 'raw', bytes: other };
}

/** Images in every way in which one can ask for bytes of a file of the host. */
export function imagesThatPointAt(path: string): CorpusCase[] {
  const backing = withBackingFile(path);
  const flat = { createType: 'monolithicFlat', extentLines: [`RW 8 FLAT "${path}" 0`] };
  const dataFile = buildHeader({
    incompatibleFeatures: 4n,
    extensions: [{ type: 0x44415441, data: Buffer.from(path) }],
  });
  const cases = {
    'a qcow2 image whose backing file it is': ['qcow2', backing, /backing-file/],
    'a qcow2 image of version 2 whose backing file it is': ['qcow2', withBackingFile(path, 2), /backing-file/],
    'a qcow2 image whose data file it is': ['qcow2', dataFile, /data-file/],
    'a flat VMDK whose extent it is': ['vmdk', buildSparseVmdk(flat), /create-type/],
    'a sparse VMDK whose extent it is': ['vmdk', buildSparseVmdk({ extentLines: flat.extentLines }), /extents/],
    'a VMDK descriptor whose extent it is': ['vmdk', Buffer.from(buildDescriptor(flat)), /descriptor-only/],
    'a VMDK descriptor said to be raw': ['raw', Buffer.from(buildDescriptor(flat)), /format-mismatch/],
    'a VMDK whose parent it is': ['vmdk', buildSparseVmdk({ lines: [`parentFileNameHint="${path}"`] }), /backing-file/],
    'a qcow2 image said to be raw': ['raw', backing, /format-mismatch/],
  } as const;
  const bare = Object.entries(cases).map(([name, [diskFormat, bytes, failure]]) => ({
    ...{ name, diskFormat, bytes },
    expected: { failure },
  }));
  const packed = bare.map((image) => ({
    ...{ ...image, name: `${image.name}, in gzip`, bytes: gzipSync(image.bytes) },
    containerFormat: 'compressed' as const,
  }));
  return [...bare, ...packed];
}

/** As `qemu-img create -b` writes it. */
function withBackingFile(path: string, version = 3): Buffer {
  const at = 1024;
  const file = Buffer.concat([buildHeader({ version, backingFileOffset: BigInt(at) }), Buffer.alloc(3 * 65_536)]);
  file.writeUInt32BE(Buffer.byteLength(path), 16);
  file.write(path, at);
  return file;
}

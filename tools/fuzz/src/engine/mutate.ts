import type { Random } from '@hearth/image-format/testing';
import { type Field, fieldsOf } from './fields';

export const inputBytesMax = 4 * 1024 * 1024;

/** Words that formats are recognised by, and words that their text is made of. */
const dictionary = [
  ...['QFI\xfb', 'QED\0', 'KDMV', 'COWD', '# Disk DescriptorFile', 'conectix', 'cxsparse', 'vhdxfile', 'head', 'regi'],
  ...['metadata', '<<< Oracle VM VirtualBox Disk Image >>>', '\x7f\x10\xda\xbe', 'CD001', 'NSR02', 'NSR03', 'BEA01'],
  ...[
    'LUKS\xba\xbe',
    'SKUL\xba\xbe',
    'WithoutFreeSpace',
    'WithouFreSpacExt',
    'EFI PART',
    '\x55\xaa',
    '\x28\xb5\x2f\xfd',
  ],
  ...[
    'createType="monolithicSparse"',
    'createType="streamOptimized"',
    'parentCID=00000000',
    'parentFileNameHint="/etc/shadow"',
  ],
  ...['RW 2048 SPARSE "a.vmdk"', 'RW 2048 FLAT "/etc/shadow" 0', 'DATA', '\x53\x7b\xe7\x7b\x05'],
].map((word) => Buffer.from(word, 'latin1'));

type Mutation = (input: Buffer, random: Random, others: readonly Buffer[]) => Buffer;

/** Places are more often near the beginning, where headers and tables are. */
function place(length: number, random: Random): number {
  const reach = random.pick([64, 512, 4096, 65_536, length]);
  return random.below(Math.max(1, Math.min(reach, length)));
}

const flipBit: Mutation = (input, random) => {
  const at = place(input.length, random);
  input[at] = (input[at] ?? 0) ^ (1 << random.below(8));
  return input;
};

const setByte: Mutation = (input, random) => {
  input[place(input.length, random)] = random.pick([0, 1, 0x7f, 0x80, 0xff, random.below(256)]);
  return input;
};

/** Numbers at the edges of what fits, of the file and of what is in it. */
function telling(random: Random, fileBytes: number): bigint {
  const near = BigInt(random.below(5) - 2);
  const power = 1n << BigInt(random.below(64));
  const sizes = [0n, 1n, 512n, 4096n, 65_536n, BigInt(fileBytes), BigInt(random.below(fileBytes + 1) & ~511)];
  return BigInt.asUintN(64, random.pick([power, power - 1n, (1n << 64n) - 1n, ...sizes, ...sizes]) + near);
}

function write(input: Buffer, { at, width, bigEndian }: Field, value: bigint): void {
  if (at < 0 || at + width > input.length) return;
  for (let index = 0; index < width; index++) {
    const shift = BigInt(8 * (bigEndian ? width - 1 - index : index));
    input[at + index] = Number((value >> shift) & 0xffn);
  }
}

const setWord: Mutation = (input, random) => {
  const width = random.pick([2, 4, 8] as const);
  const at = place(input.length, random) & -width;
  write(input, { at, width, bigEndian: random.oneIn(2) }, telling(random, input.length));
  return input;
};

const addToByte: Mutation = (input, random) => {
  const at = place(input.length, random);
  input[at] = (input[at] ?? 0) + random.pick([1, -1, 2, -2, 16, -16]);
  return input;
};

/** Knows where numbers are that mean something, and which of them would mean something else. */
const setField: Mutation = (input, random) => {
  const fields = fieldsOf(input);
  if (fields.length === 0) return setWord(input, random, []);
  const field = random.pick(fields);
  const values = field.values ?? [];
  const value = values.length > 0 && !random.oneIn(4) ? random.pick(values) : telling(random, input.length);
  write(input, field, value ^ (random.oneIn(6) ? 1n << BigInt(random.below(8 * field.width)) : 0n));
  return input;
};

const copyWithin: Mutation = (input, random) => {
  const from = place(input.length, random);
  const length = 1 + random.below(random.pick([8, 64, 512, 4096, 65_536]));
  input.copyWithin(place(input.length, random), from, from + length);
  return input;
};

const putWord: Mutation = (input, random) => {
  const word = random.pick(dictionary);
  const at = random.pick([
    0,
    place(input.length, random),
    place(input.length, random) & ~511,
    Math.max(0, input.length - 512),
  ]);
  word.copy(input, at);
  return input;
};

const clear: Mutation = (input, random) => {
  const from = place(input.length, random);
  const until = Math.min(input.length, from + 1 + random.below(4096));
  return input.fill(random.pick([0, 0, 0xff, random.below(256)]), from, until);
};

const truncate: Mutation = (input, random) =>
  input.subarray(0, random.oneIn(3) ? place(input.length, random) : random.below(input.length + 1));

const extend: Mutation = (input, random) =>
  Buffer.concat([input, Buffer.alloc(random.below(random.pick([16, 600, 70_000])), random.pick([0, 0xff, 0x41]))]);

const remove: Mutation = (input, random) => {
  const from = place(input.length, random);
  const length = 1 + random.below(random.pick([8, 512, 65_536]));
  return Buffer.concat([input.subarray(0, from), input.subarray(from + length)]);
};

const insert: Mutation = (input, random) => {
  const at = place(input.length, random);
  const length = random.pick([1, 8, 512, 4096]);
  return Buffer.concat([input.subarray(0, at), random.bytes(length), input.subarray(at)]);
};

const splice: Mutation = (input, random, others) => {
  if (others.length === 0) return input;
  const other = random.pick(others);
  const at = random.oneIn(2) ? place(input.length, random) : place(input.length, random) & ~511;
  if (random.oneIn(2)) return Buffer.concat([input.subarray(0, at), other.subarray(at)]);
  other.subarray(at, at + 1 + random.below(4096)).copy(input, at);
  return input;
};

const mutations: readonly Mutation[] = [
  ...[flipBit, flipBit, setByte, setWord, setWord, addToByte, setField, setField, setField, setField, setField],
  ...[copyWithin, putWord, clear, truncate, extend, remove, insert, splice, splice],
];

/** A changed copy: most often by one or two changes, now and then by many. */
export function mutate(input: Buffer, random: Random, others: readonly Buffer[]): Buffer {
  let mutated: Buffer = Buffer.from(input);
  for (let changes = random.pick([1, 1, 1, 2, 2, 3, 5, 12]); changes > 0; changes--) {
    mutated = random.pick(mutations)(mutated, random, others);
    if (mutated.length === 0) mutated = random.bytes(1 + random.below(32));
  }
  return mutated.subarray(0, inputBytesMax);
}

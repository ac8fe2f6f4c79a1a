/** How much of a file's start, and of its end, `foreignFormat` looks at. */
export const headBytes = 4096;
export const tailBytes = 512;

const headMarks: readonly (readonly [format: string, offset: number, mark: Buffer])[] = [
  ['qcow2', 0, Buffer.from('QFI\xfb', 'latin1')],
  ['qed', 0, Buffer.from('QED\0', 'latin1')],
  ['vmdk', 0, Buffer.from('KDMV')],
  ['vmdk', 0, Buffer.from('COWD')],
  ['vmdk', 0, Buffer.from('# Disk DescriptorFile')],
  ['vhd', 0, Buffer.from('conectix')],
  ['vhdx', 0, Buffer.from('vhdxfile')],
  ['vdi', 64, Buffer.from([0x7f, 0x10, 0xda, 0xbe])],
  ['parallels', 0, Buffer.from('WithoutFreeSpace')],
  ['parallels', 0, Buffer.from('WithouFreSpacExt')],
  ['luks', 0, Buffer.from('LUKS\xba\xbe', 'latin1')],
  ['cloop', 0, Buffer.from('#!/bin/sh\n#V2.0 Format')],
  ['bochs', 0, Buffer.from('Bochs Virtual HD Image')],
];
const tailMarks: readonly (readonly [format: string, mark: Buffer])[] = [
  ['vhd', Buffer.from('conectix')],
  ['dmg', Buffer.from('koly')],
];

/**
 * The image format that a file's bytes claim to be in, from its first 4096 and its last 512; undefined when they are a disk's own bytes as
 * far as can be told. LUKS counts: what is in it is not readable without a key.
 */
export function foreignFormat(head: Uint8Array, tail: Uint8Array): string | undefined {
  const isAt = (bytes: Uint8Array, offset: number, mark: Buffer) =>
    mark.equals(bytes.subarray(offset, offset + mark.length));
  return (
    headMarks.find(([, offset, mark]) => isAt(head, offset, mark))?.[0] ??
    tailMarks.find(([, mark]) => isAt(tail, 0, mark))?.[0]
  );
}

import { foreignFormat, headBytes, tailBytes } from './foreign-format';

const zeros = { head: Buffer.alloc(headBytes), tail: Buffer.alloc(tailBytes) };

test('zeros, a boot sector and a file system are a disk', () => {
  const bootSector = Buffer.alloc(headBytes);
  bootSector.set([0x55, 0xaa], 510);
  bootSector.set(Buffer.from('EFI PART'), 512);
  expect(foreignFormat(zeros.head, zeros.tail)).toBeUndefined();
  expect(foreignFormat(bootSector, zeros.tail)).toBeUndefined();
  expect(foreignFormat(Buffer.alloc(0), Buffer.alloc(0))).toBeUndefined();
});

test.each([
  ['qcow2', 'QFI\xfb\0\0\0\x03'],
  ['vmdk', 'KDMV'],
  ['vmdk', '# Disk DescriptorFile\nversion=1'],
  ['vhdx', 'vhdxfile'],
  ['qed', 'QED\0'],
  ['luks', 'LUKS\xba\xbe\0\x02'],
])('%s is told by its first bytes', (format, start) => {
  const head = Buffer.concat([Buffer.from(start, 'latin1'), zeros.head]).subarray(0, headBytes);
  expect(foreignFormat(head, zeros.tail)).toBe(format);
  const later = Buffer.concat([Buffer.alloc(512), head]);
  expect(foreignFormat(later, zeros.tail)).toBeUndefined();
});

test('vdi has its mark at byte 64', () => {
  const head = Buffer.from(zeros.head);
  head.writeUInt32LE(0xbeda107f, 64);
  expect(foreignFormat(head, zeros.tail)).toBe('vdi');
});

test.each([
  ['vhd', 'conectix'],
  ['dmg', 'koly'],
])('%s is told by its last sector', (format, mark) => {
  const tail = Buffer.from(zeros.tail);
  tail.set(Buffer.from(mark));
  expect(foreignFormat(zeros.head, tail)).toBe(format);
});

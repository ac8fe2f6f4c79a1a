import { masterBootRecord } from './partition-table';

const bootCode = Buffer.alloc(440, 0xeb);

test('boot code, id, partitions and signature stand where a PC looks for them', () => {
  const sector = masterBootRecord({
    bootCode,
    diskId: 0x01020304,
    partitions: [
      { startSector: 2048, sectors: 63_488, type: 0x0e, isActive: true },
      { startSector: 65_536, sectors: 0xffff_0000, type: 0xda },
    ],
  });
  expect(sector.length).toBe(512);
  expect(sector.subarray(0, 440).equals(bootCode)).toBe(true);
  expect(sector.readUInt32LE(440)).toBe(0x01020304);
  expect(sector.subarray(446, 462).toString('hex')).toBe('80feffff0efeffff0008000000f80000');
  expect(sector.subarray(462, 478).toString('hex')).toBe('00feffffdafeffff000001000000ffff');
  expect(sector.subarray(478, 510).every((byte) => byte === 0)).toBe(true);
  expect(sector.subarray(510).toString('hex')).toBe('55aa');
});

test('what does not fit is refused', () => {
  const partition = { startSector: 1, sectors: 1, type: 0xda };
  const five = Array.from({ length: 5 }, () => partition);
  expect(() => masterBootRecord({ bootCode, diskId: 1, partitions: five })).toThrow('5 partitions do not fit');
  const long = Buffer.alloc(441);
  expect(() => masterBootRecord({ bootCode: long, diskId: 1, partitions: [] })).toThrow('441 bytes, more than the 440');
  const far = [{ ...partition, startSector: 2 ** 32 }];
  expect(() => masterBootRecord({ bootCode, diskId: 1, partitions: far })).toThrow('out of range');
});

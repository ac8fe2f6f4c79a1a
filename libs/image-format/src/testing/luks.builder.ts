interface LuksSpec {
  version?: number;
  /** Where the encrypted data begins, in sectors. */
  payloadSector?: number;
  payloadBytes?: number;
}

/** A header of LUKS 1 with one key slot, key material of zeros, and data. It has the right shape, but no key opens it. */
export function buildLuks({ version = 1, payloadSector = 4096, payloadBytes = 8192 }: LuksSpec = {}): Buffer {
  const file = Buffer.alloc(Math.max(592, payloadSector * 512) + payloadBytes);
  file.write('LUKS\xba\xbe', 0, 'latin1');
  file.writeUInt16BE(version, 6);
  file.write('aes', 8);
  file.write('xts-plain64', 40);
  file.write('sha256', 72);
  file.writeUInt32BE(payloadSector, 104);
  file.writeUInt32BE(64, 108);
  file.writeUInt32BE(1000, 164);
  file.write('6c1d9a4e-0000-4000-8000-2f5d3c1b7a90', 168);
  for (let slot = 0; slot < 8; slot++) writeSlot(file.subarray(208 + 48 * slot), slot);
  file.fill(0x5a, file.length - payloadBytes);
  return file;
}

function writeSlot(slot: Buffer, index: number): void {
  slot.writeUInt32BE(index === 0 ? 0x00ac_71f3 : 0x0000_dead, 0);
  slot.writeUInt32BE(index === 0 ? 1000 : 0, 4);
  slot.writeUInt32BE(8 + index * 512, 40);
  slot.writeUInt32BE(4000, 44);
}

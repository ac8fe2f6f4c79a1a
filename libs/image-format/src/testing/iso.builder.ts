import type { Mark } from './disk.builder';

const sectorBytes = 2048;

interface IsoSpec {
  /** Sectors of 2 KiB that the volume descriptor counts, and that the file has: at least 20. */
  sectors?: number;
  identifier?: string;
  /** What stands in the 32 KiB that the format leaves to others. */
  systemArea?: readonly Mark[];
}

/** A disc with a primary volume descriptor, the end of descriptors, and zeros. */
export function buildIso({ sectors = 20, identifier = 'CD001', systemArea = [] }: IsoSpec = {}): Buffer {
  const disc = Buffer.alloc(sectors * sectorBytes);
  for (const [at, mark] of systemArea)
    (typeof mark === 'string' ? Buffer.from(mark, 'latin1') : Buffer.from(mark)).copy(disc, at);
  const volume = disc.subarray(16 * sectorBytes);
  volume.writeUInt8(1, 0);
  volume.write(identifier, 1, 'latin1');
  volume.writeUInt8(1, 6);
  volume.write('HEARTH'.padEnd(32), 40, 'latin1');
  volume.writeUInt32LE(sectors, 80);
  volume.writeUInt32BE(sectors, 84);
  volume.writeUInt16LE(sectorBytes, 128);
  volume.writeUInt16BE(sectorBytes, 130);
  const end = disc.subarray(17 * sectorBytes);
  end.writeUInt8(255, 0);
  end.write(identifier, 1, 'latin1');
  return disc;
}

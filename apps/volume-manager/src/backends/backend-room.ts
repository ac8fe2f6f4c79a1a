import { DriverError, type ObjectWriter, type VolumeDriver } from '@hearth/driver-api';
import { gibToBytes } from '@hearth/kernel';

/** Room that objects which are being written will still take, by pool. */
export class BackendRoom {
  private readonly reservations = new Set<RoomReservation>();

  constructor(private readonly driver: Pick<VolumeDriver, 'capacity'>) {}

  /** Bytes of a pool that are promised to running writes and not taken up yet. */
  promisedBytes(pool: string): number {
    let bytes = 0;
    for (const reservation of this.reservations) if (reservation.pool === pool) bytes += reservation.outstandingBytes;
    return bytes;
  }

  /** Throws `full` with what is missing, and what the driver throws when it cannot tell its capacity. */
  async reserve(pool: string, bytes: number): Promise<RoomReservation> {
    const capacity = (await this.driver.capacity()).find((one) => one.pool === pool);
    // Nothing is awaited from here on: of two that ask at once the second sees the first.
    const free = capacity ? gibToBytes(capacity.freeGib) : 0;
    const missingBytes = Math.ceil(bytes - (free - this.promisedBytes(pool)));
    if (missingBytes > 0) {
      throw new DriverError('full', `the pool ${pool} lacks ${missingBytes} bytes for what is to be written`, {
        missingBytes,
      });
    }
    const reservation = new RoomReservation(pool, bytes, () => this.reservations.delete(reservation));
    this.reservations.add(reservation);
    return reservation;
  }
}

export class RoomReservation {
  private writtenBytes = 0;

  constructor(
    readonly pool: string,
    private readonly bytes: number,
    readonly release: () => void,
  ) {}

  get outstandingBytes(): number {
    return Math.max(this.bytes - this.writtenBytes, 0);
  }

  /** The same writer; what it writes is taken off the reservation, which ends with it. */
  watch(writer: ObjectWriter): ObjectWriter {
    const taken = (bytes: number) => (this.writtenBytes += bytes);
    const release = this.release;
    const takeFile = writer.takeFile?.bind(writer);
    return {
      write: async (offset, bytes) => {
        await writer.write(offset, bytes);
        taken(bytes.length);
      },
      read: (offset, target) => writer.read(offset, target),
      finish: () => writer.finish().finally(release),
      abort: () => writer.abort().finally(release),
      ...(takeFile && { takeFile }),
    };
  }
}

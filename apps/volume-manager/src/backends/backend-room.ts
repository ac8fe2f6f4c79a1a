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
    const free = await this.freeBytes(pool);
    // Nothing is awaited from here on: of two that ask at once the second sees the first.
    const missingBytes = Math.ceil(bytes - (free - this.promisedBytes(pool)));
    if (missingBytes > 0) {
      throw new DriverError('full', `the pool ${pool} lacks ${missingBytes} bytes for what is to be written`, {
        missingBytes,
      });
    }
    const reservation = new RoomReservation({
      ...{ pool, bytes },
      freeBytes: () => this.freeBytes(pool),
      release: () => void this.reservations.delete(reservation),
    });
    this.reservations.add(reservation);
    return reservation;
  }

  private async freeBytes(pool: string): Promise<number> {
    const capacity = (await this.driver.capacity()).find((one) => one.pool === pool);
    return capacity ? gibToBytes(capacity.freeGib) : 0;
  }
}

interface ReservedRoom {
  readonly pool: string;
  readonly bytes: number;
  /** What the pool has free now. */
  freeBytes(): Promise<number>;
  release(): void;
}

export class RoomReservation {
  private writtenBytes = 0;

  constructor(private readonly room: ReservedRoom) {}

  get pool(): string {
    return this.room.pool;
  }

  get outstandingBytes(): number {
    return Math.max(this.room.bytes - this.writtenBytes, 0);
  }

  release(): void {
    this.room.release();
  }

  /**
   * The same writer; what it writes is taken off the reservation, which ends with it. Where the pool is full all the same, the error
   * says how much is missing for all that was still to come.
   */
  watch(writer: ObjectWriter): ObjectWriter {
    const release = () => this.release();
    const takeFile = writer.takeFile?.bind(writer);
    return {
      write: async (offset, bytes) => {
        try {
          await writer.write(offset, bytes);
        } catch (error) {
          throw error instanceof DriverError && error.code === 'full' ? await this.full(error) : error;
        }
        this.writtenBytes += bytes.length;
      },
      read: (offset, target) => writer.read(offset, target),
      finish: () => writer.finish().finally(release),
      abort: () => writer.abort().finally(release),
      ...(takeFile && { takeFile }),
    };
  }
  /** A driver knows of one write only. */
  private async full(error: DriverError): Promise<DriverError> {
    const freeBytes = await this.room.freeBytes().catch(() => undefined);
    if (freeBytes === undefined) return error;
    const missingBytes = Math.max(Math.ceil(this.outstandingBytes - freeBytes), error.missingBytes ?? 1);
    return new DriverError('full', error.message, { cause: error, object: error.object, missingBytes });
  }
}

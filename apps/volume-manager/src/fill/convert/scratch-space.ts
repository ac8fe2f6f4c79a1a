import { mkdir } from 'node:fs/promises';
import { scratchFull } from './conversion-problems';
import { type Reservation, type ScratchFile, freeBytes, openScratchFile } from './scratch-file';

/**
 * The scratch directory of a host. Room is set aside before bytes are written, so that fills which run at once do not count on the same
 * bytes. It is asked for only where bytes will be written: a clone must not fail because this directory is full, as it does in Cinder.
 *
 * Other processes may write here too; against them only the failing write helps.
 */
export class ScratchSpace {
  private readonly reservations = new Set<OneReservation>();

  constructor(
    readonly directory: string,
    private readonly free: (directory: string) => Promise<number> = freeBytes,
  ) {}

  /** Bytes that files of this process were promised and have not taken up yet. */
  get promisedBytes(): number {
    let bytes = 0;
    for (const reservation of this.reservations) bytes += reservation.outstandingBytes;
    return bytes;
  }

  /** Sets room aside, or throws `image.too_big` with the number of bytes that are missing. */
  async reserve(bytes: number): Promise<Reservation> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
    const reservation = new OneReservation({
      promise: (more, take) => this.promise(more, take),
      release: () => void this.reservations.delete(reservation),
    });
    await this.promise(bytes, () => this.reservations.add(reservation.add(bytes)));
    return reservation;
  }

  /** An empty file with room for so many bytes of data; closing it gives the room back. */
  async openFile({ reserveBytes, growBytes }: ScratchFileOptions): Promise<ScratchFile> {
    const reservation = await this.reserve(reserveBytes);
    try {
      return await openScratchFile(this.directory, reservation, growBytes);
    } catch (error) {
      reservation.release();
      throw error;
    }
  }

  private async promise(bytes: number, take: () => void): Promise<void> {
    const free = await this.free(this.directory);
    // Nothing is awaited from here on: of two that ask at once the second sees the first.
    const missing = bytes - (free - this.promisedBytes);
    if (missing > 0) throw scratchFull(this.directory, missing);
    take();
  }
}

export interface ScratchFileOptions {
  readonly reserveBytes: number;
  /** For a file whose data is not known before: when it is written beyond its room, so much more is set aside at a time. */
  readonly growBytes?: number;
}

interface PromisingSpace {
  /** Calls `take` if there is so much more room. */
  promise(bytes: number, take: () => void): Promise<void>;
  release(): void;
}

class OneReservation implements Reservation {
  private reservedBytes = 0;
  private takenBytes = 0;

  constructor(private readonly space: PromisingSpace) {}

  get bytes(): number {
    return this.reservedBytes;
  }

  get outstandingBytes(): number {
    return Math.max(this.bytes - this.takenBytes, 0);
  }

  add(bytes: number): this {
    this.reservedBytes += bytes;
    return this;
  }

  async extend(bytes: number): Promise<void> {
    await this.space.promise(bytes, () => this.add(bytes));
  }

  taken(bytes: number): void {
    this.takenBytes = Math.max(this.takenBytes, bytes);
  }

  release(): void {
    this.space.release();
  }
}

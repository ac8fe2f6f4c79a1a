import type { ImageIdentity } from '@hearth/contracts';
import type { ObjectWriter, OpenImage } from '@hearth/driver-api';
import type { ImageService } from '@hearth/openstack-clients';
import { OneAtATime } from '../host/one-at-a-time';
import type { FillOrder, FillTools } from './fill-work';
import { type WrittenImage, writeImage } from './write-image';

const MiB = 2 ** 20;

/** An image and where it lies. */
export interface ImageAtPlace {
  readonly image: ImageIdentity;
  readonly place: OpenImage;
  readonly signal: AbortSignal;
  readonly onStep?: FillOrder['onStep'];
}

/**
 * Reads a raw image where it lies and judges it by all that a fill of it would: length, hash, inspection, signature. Nothing is written.
 * Throws `FillError`, and the signal's reason.
 */
export function verifyImageAt({ image, place, signal, onStep }: ImageAtPlace, tools: FillTools): Promise<WrittenImage> {
  const order: FillOrder = {
    ...{ image, signal, unitBytes: MiB, virtualSizeBytesMax: place.sizeBytes, onStep },
    open: async () => nowhere(place),
  };
  return writeImage(order, { ...tools, source: bytesAt(place) });
}

function bytesAt(place: OpenImage): Pick<ImageService, 'open'> {
  return {
    open: async (_imageId, { fromByte = 0, signal } = {}) => ({
      ...{ lengthBytes: place.sizeBytes, fromByte },
      chunks: chunksOf(place, fromByte, signal),
    }),
  };
}

async function* chunksOf(place: OpenImage, fromByte: number, signal?: AbortSignal): AsyncGenerator<Buffer> {
  for (let offset = fromByte; offset < place.sizeBytes; offset += MiB) {
    signal?.throwIfAborted();
    const chunk = Buffer.allocUnsafeSlow(Math.min(MiB, place.sizeBytes - offset));
    await place.read(offset, chunk);
    yield chunk;
  }
}

/** Takes what is written and keeps nothing: what a raw image's disk holds is what lies there. */
function nowhere(place: OpenImage): ObjectWriter {
  return {
    write: () => Promise.resolve(),
    read: async (offset, target) => {
      const there = Math.max(0, Math.min(target.length, place.sizeBytes - offset));
      if (there > 0) await place.read(offset, target.subarray(0, there));
      target.fill(0, there);
    },
    finish: () => Promise.resolve(),
    abort: () => Promise.resolve(),
  };
}

/** Results that are remembered: one of each image that volumes are made of at a time would do. */
const rememberedMax = 1_000;

/** Each state of a place is read once, however many creates ask for it at once, and again when it has changed. */
export class VerifiedPlaces {
  private readonly turns = new OneAtATime();
  private readonly known = new Map<string, WrittenImage>();

  constructor(private readonly verify: (at: ImageAtPlace) => Promise<WrittenImage>) {}

  /** Throws what `verify` throws: what was found wrong is not remembered, and looked at again. */
  async look(at: ImageAtPlace): Promise<WrittenImage> {
    const { id, osHashAlgo, osHashValue, checksum, properties } = at.image;
    const identity = [id, osHashAlgo, osHashValue, checksum, Object.entries(properties).sort(), at.place.version];
    const key = JSON.stringify(identity);
    return this.known.get(key) ?? this.turns.run(key, async () => this.known.get(key) ?? this.remember(key, at));
  }

  private async remember(key: string, at: ImageAtPlace): Promise<WrittenImage> {
    const found = await this.verify(at);
    const [oldest] = this.known.keys();
    if (oldest !== undefined && this.known.size >= rememberedMax) this.known.delete(oldest);
    this.known.set(key, found);
    return found;
  }
}

import type { DecodedRegion, DecodeStep, ImageDecoder } from './decoder';
import { createInspector, type InspectorOptions } from './inspect/inspector';
import type { AcceptedImage, Verdict } from './inspect/verdict';
import { Qcow2StreamDecoder } from './qcow2/stream.decoder';
import { RawDecoder } from './raw/raw.decoder';

export interface ImageReaderOptions extends InspectorOptions {
  /** The file's size in bytes, where it is known beforehand. */
  readonly fileSizeBytes?: number;
}

export type ReadStep =
  DecodeStep | { readonly status: 'refused'; readonly verdict: Extract<Verdict, { kind: 'refused' }> };

/** The decoder for an image the inspector has accepted. A format that can be decoded has its line here. */
export function createDecoder(image: AcceptedImage, options: { readonly fileSizeBytes?: number } = {}): ImageDecoder {
  switch (image.format) {
    case 'raw':
      return new RawDecoder();
    case 'qcow2':
      return new Qcow2StreamDecoder(options);
  }
}

/**
 * Inspects a file and decodes it in the same pass: nothing comes out before the inspector has accepted it.
 *
 * The chunks of the first 33 KiB or so (at most 2 MiB) are held back until then; apart from that, what holds for
 * `ImageDecoder` holds here. A pushed chunk must stay untouched until its regions have been used.
 */
export class ImageReader {
  private readonly inspector;
  private readonly fileSizeBytes: number | undefined;
  private held: Buffer[] = [];
  private decoder: ImageDecoder | undefined;

  constructor({ fileSizeBytes, ...inspection }: ImageReaderOptions = {}) {
    this.inspector = createInspector(inspection);
    this.fileSizeBytes = fileSizeBytes;
  }

  /** Undefined until enough bytes have been seen. */
  get verdict(): Verdict | undefined {
    return this.inspector.verdict;
  }

  /** Size of the guest's disk in bytes, once it is known. */
  get virtualSizeBytes(): number | undefined {
    return this.decoder?.virtualSizeBytes;
  }

  push(chunk: Buffer): ReadStep {
    if (this.decoder) return this.decoder.push(chunk);
    const verdict = this.inspector.push(chunk);
    if (verdict?.kind === 'refused') return { status: 'refused', verdict };
    this.held.push(chunk);
    return verdict ? this.release(verdict) : { status: 'decoding', regions: [] };
  }

  end(): ReadStep {
    if (this.decoder) return this.decoder.end();
    const verdict = this.inspector.end();
    if (verdict.kind === 'refused') return { status: 'refused', verdict };
    const released = this.release(verdict);
    if (released.status !== 'decoding' || !this.decoder) return released;
    const last = (this.decoder as ImageDecoder).end();
    return last.status === 'finished' ? { ...last, regions: [...released.regions, ...last.regions] } : last;
  }

  /** Gives the decoder what was held back. */
  private release(image: AcceptedImage): DecodeStep {
    this.decoder = createDecoder(image, { fileSizeBytes: this.fileSizeBytes });
    const regions: DecodedRegion[] = [];
    for (const chunk of this.held.splice(0)) {
      const step = this.decoder.push(chunk);
      if (step.status !== 'decoding') return step;
      regions.push(...step.regions);
    }
    return { status: 'decoding', regions };
  }
}

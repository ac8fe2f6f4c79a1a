import type { DecodedRegion, DecodeStep, ImageDecoder, NeedsSpool } from './decoder';
import { HeldChunks } from './held-chunks';
import type { ImageFormat } from './inspect/image-format';
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

/** An image that is decoded while it arrives. */
export type StreamedImage = Extract<AcceptedImage, { format: 'raw' | 'qcow2' | 'iso' | 'luks' }>;

/** The decoder for an image the inspector has accepted. A format that can be decoded has its line here. */
export function createDecoder(image: StreamedImage, options: { readonly fileSizeBytes?: number } = {}): ImageDecoder {
  switch (image.format) {
    case 'raw':
    case 'iso':
    case 'luks':
      return new RawDecoder();
    case 'qcow2':
      return new Qcow2StreamDecoder(options);
  }
}

/** Regions of chunks that were held back come in one step, up to about so many. */
const gatheredRegions = 1024;

/** Formats that only another program can read, from a file stored whole. */
const storedFormats: readonly string[] = ['vmdk', 'vhd', 'vhdx', 'vdi'] satisfies readonly ImageFormat[];

/**
 * Inspects a file and decodes it in the same pass: nothing comes out before the inspector has accepted it.
 *
 * The chunks of the first 34 KiB (of an encrypted disk at most 16 MiB) are held back until then; apart from that, what holds for
 * `ImageDecoder` holds here. A pushed chunk must stay untouched until its regions have been used.
 *
 * A format that is not decoded here answers `needs-spool` as soon as it is recognised, and to every call from then on unless the file
 * is `refused` after all. The caller stores the bytes and goes on pushing them: `verdict` is final after `end`.
 */
export class ImageReader {
  private readonly inspector;
  private readonly fileSizeBytes: number | undefined;
  private readonly held = new HeldChunks();
  private decoder: ImageDecoder | undefined;
  /** What the decoder has not got yet, and whether it has more to give before. */
  private readonly waiting: (Buffer | 'end')[] = [];
  private hasMore = false;

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
    if (this.decoder) return this.decoder.virtualSizeBytes;
    return this.verdict && 'virtualSizeBytes' in this.verdict ? this.verdict.virtualSizeBytes : undefined;
  }

  push(chunk: Buffer): ReadStep {
    if (this.decoder) return this.handOn(this.decoder, chunk);
    const verdict = this.inspector.push(chunk);
    if (verdict?.kind === 'refused') return { status: 'refused', verdict };
    if (this.isStored) return this.askForSpool();
    this.held.add(chunk);
    return isStreamed(verdict) ? this.release(verdict) : { status: 'decoding', regions: [] };
  }

  end(): ReadStep {
    if (this.decoder) return this.handOn(this.decoder, 'end');
    const verdict = this.inspector.end();
    if (verdict.kind === 'refused') return { status: 'refused', verdict };
    if (!isStreamed(verdict)) return this.askForSpool();
    return this.release(verdict, 'end');
  }

  /** What a step with `more` has left. */
  next(): ReadStep {
    return this.decoder ? this.proceed(this.decoder) : { status: 'decoding', regions: [] };
  }

  private get isStored(): boolean {
    return storedFormats.includes(this.inspector.expected ?? 'raw');
  }

  private askForSpool(): NeedsSpool {
    this.held.release();
    return {
      status: 'needs-spool',
      reason: `an image of the format ${this.inspector.expected} is converted from a stored file`,
    };
  }

  /** Gives the decoder what was held back. */
  private release(image: StreamedImage, ...last: 'end'[]): DecodeStep {
    this.decoder = createDecoder(image, { fileSizeBytes: this.fileSizeBytes });
    return this.handOn(this.decoder, ...this.held.release(), ...last);
  }

  private handOn(decoder: ImageDecoder, ...input: (Buffer | 'end')[]): DecodeStep {
    this.waiting.push(...input);
    return this.proceed(decoder);
  }

  /** Lets the decoder work on what waits, until that is done or one step has enough. */
  private proceed(decoder: ImageDecoder): DecodeStep {
    let regions: readonly DecodedRegion[] = [];
    for (;;) {
      const step = this.nextStep(decoder);
      if (!('regions' in step)) return step;
      regions = regions.length === 0 ? step.regions : [...regions, ...step.regions];
      if (step.status === 'finished' || (!this.hasMore && this.waiting.length === 0)) return { ...step, regions };
      if (this.hasMore || regions.length >= gatheredRegions) return { status: 'decoding', regions, more: true };
    }
  }

  private nextStep(decoder: ImageDecoder): DecodeStep {
    const input = this.hasMore ? undefined : this.waiting.shift();
    const step = input === undefined ? decoder.next() : input === 'end' ? decoder.end() : decoder.push(input);
    this.hasMore = step.status === 'decoding' && step.more === true;
    return step;
  }
}

function isStreamed(verdict: Verdict | undefined): verdict is StreamedImage {
  return verdict?.kind === 'accepted' && !storedFormats.includes(verdict.format);
}

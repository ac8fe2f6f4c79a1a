import type { DecodeStep, ImageDecoder } from '../decoder';

/** Raw images: the file is the disk. Zeros are left in: whoever writes the disk leaves them out, for every format alike. */
export class RawDecoder implements ImageDecoder {
  virtualSizeBytes: number | undefined;
  private position = 0;

  push(chunk: Buffer): DecodeStep {
    if (chunk.length === 0) return { status: 'decoding', regions: [] };
    const offset = this.position;
    this.position += chunk.length;
    return { status: 'decoding', regions: [{ offset, bytes: chunk }] };
  }

  /** A chunk is one region: no step has more. */
  next(): DecodeStep {
    return { status: 'decoding', regions: [] };
  }

  end(): DecodeStep {
    this.virtualSizeBytes = this.position;
    return { status: 'finished', regions: [], virtualSizeBytes: this.position };
  }
}

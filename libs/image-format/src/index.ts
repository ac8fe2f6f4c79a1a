export { createInspector, type Inspector, type InspectorOptions } from './inspect/inspector';
export type { AcceptedImage, ConvertibleImage, RefusedImage, Verdict } from './inspect/verdict';
export type { CheckName, FailedCheck } from './inspect/failed-check';
export { overridableChecks, type OverridableCheck } from './inspect/overridable-checks';
export { imageFormats, parseDiskFormat, type ImageFormat } from './inspect/image-format';
export type { PartitionTable } from './inspect/partition-table';
export type {
  Compression,
  DecodedRegion,
  DecodeFailed,
  DecodeFinished,
  DecodeProblem,
  DecodeProblemCode,
  DecodeStep,
  ImageDecoder,
  NeedsSpool,
  PackedRegion,
  Region,
} from './decoder';
export { createDecoder, ImageReader, type ImageReaderOptions, type ReadStep, type StreamedImage } from './image.reader';
export { RawDecoder } from './raw/raw.decoder';
export { Qcow2StreamDecoder, type Qcow2StreamOptions } from './qcow2/stream.decoder';
export { decodeQcow2File, type ByteSource, type FileDecodeResult } from './qcow2/file.decoder';
export { prepareUnpacking, unpackRegion, type Unpacked } from './qcow2/unpack';
export type { Qcow2Header } from './qcow2/header';
export { isZero, splitNonZero } from './zeros';

import type { Qcow2Header } from '../qcow2/header';
import type { FailedCheck } from './failed-check';
import type { ImageFormat } from './image-format';
import type { PartitionTable } from './partition-table';

export interface RawImage {
  readonly format: 'raw';
  readonly partitionTable: PartitionTable | undefined;
}

export interface Qcow2Image {
  readonly format: 'qcow2';
  readonly virtualSizeBytes: number;
  readonly header: Qcow2Header;
}

/** A disc is given to the guest byte by byte and never converted. */
export interface IsoImage {
  readonly format: 'iso';
  /** What the volume descriptor says; undefined where there is none of ISO 9660 (UDF alone). The file may be longer. */
  readonly volumeSizeBytes: number | undefined;
}

/** An encrypted disk is given to the guest byte by byte, header included. */
export interface LuksImage {
  readonly format: 'luks';
  /** Where the encrypted data begins; the disk inside has the bytes of the file from there to its end. */
  readonly payloadOffset: number;
}

/** A format that is stored whole and converted by `qemu-img`. */
export interface ConvertibleImage {
  readonly format: 'vmdk' | 'vhd' | 'vhdx' | 'vdi';
  /** The size `qemu-img` sees. */
  readonly virtualSizeBytes: number;
  /** The format's name in `qemu-img -f`. */
  readonly qemuFormat: 'vmdk' | 'vpc' | 'vhdx' | 'vdi';
}

/** What a file is that has passed. */
export type ImageFacts = RawImage | Qcow2Image | IsoImage | LuksImage | ConvertibleImage;

export type AcceptedImage = ImageFacts & {
  readonly kind: 'accepted';
  /** Checks that failed and that the operator has switched off. */
  readonly ignored: readonly FailedCheck[];
};

export interface RefusedImage {
  readonly kind: 'refused';
  /** What the file is by its own bytes; undefined when it claims to be several things at once. */
  readonly detected: ImageFormat | undefined;
  /** At least one. */
  readonly failures: readonly FailedCheck[];
}

/** What the inspector thinks of a file, reached before any other tool has opened it. */
export type Verdict = AcceptedImage | RefusedImage;

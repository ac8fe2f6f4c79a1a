import type { Qcow2Header } from '../qcow2/header';
import type { FailedCheck } from './failed-check';
import type { ImageFormat } from './image-format';
import type { PartitionTable } from './partition-table';

export type AcceptedImage =
  | { readonly kind: 'accepted'; readonly format: 'raw'; readonly partitionTable: PartitionTable | undefined }
  | {
      readonly kind: 'accepted';
      readonly format: 'qcow2';
      readonly virtualSizeBytes: number;
      readonly header: Qcow2Header;
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

import type { Compression } from '../decoder';
import type { FailedCheck } from '../inspect/failed-check';
import { checkHeaderFields, checkVersion } from './header.checks';
import { readFields } from './header.fields';
import { walkExtensions } from './header-extensions';

/** What a reader of the active disk needs to know from a qcow2 header. Sizes and offsets in bytes. */
export interface Qcow2Header {
  readonly version: 2 | 3;
  readonly clusterSizeBytes: number;
  readonly virtualSizeBytes: number;
  readonly l1Offset: number;
  readonly l1Entries: number;
  readonly compression: Compression;
  /** Internal snapshots in the file. They are neither read nor copied. */
  readonly snapshots: number;
}

/**
 * - `incomplete`: `wantedBytes` bytes of the file, counted from its start, are needed to go on.
 * - `valid`: the header is one we accept.
 * - `invalid`: it is not, for at least one reason.
 */
export type HeaderReading =
  | { readonly kind: 'incomplete'; readonly wantedBytes: number }
  | { readonly kind: 'valid'; readonly header: Qcow2Header }
  | { readonly kind: 'invalid'; readonly failures: readonly FailedCheck[] };

/** The smallest cluster, and so the smallest part of a valid file before anything but the header may begin. */
export const smallestHeaderBytes = 512;

/**
 * Reads the header at the start of `prefix`. Asks for at most one cluster (2 MiB), as extensions may fill it.
 *
 * @param prefix the first bytes of the file, at least `smallestHeaderBytes` of them
 */
export function readQcow2Header(prefix: Buffer): HeaderReading {
  if (prefix.length < smallestHeaderBytes) return { kind: 'incomplete', wantedBytes: smallestHeaderBytes };
  const fields = readFields(prefix);
  const wrongVersion = checkVersion(fields);
  if (wrongVersion) return { kind: 'invalid', failures: [wrongVersion] };
  const failures = checkHeaderFields(fields);
  if (failures.length > 0) return { kind: 'invalid', failures };

  const clusterSizeBytes = 2 ** fields.clusterBits;
  const extensions = walkExtensions(prefix, { from: fields.headerLength, clusterSizeBytes });
  if (extensions.kind === 'incomplete') return extensions;
  if (extensions.failures.length > 0) return { kind: 'invalid', failures: extensions.failures };
  return {
    kind: 'valid',
    header: {
      version: fields.version === 2 ? 2 : 3,
      clusterSizeBytes,
      virtualSizeBytes: Number(fields.virtualSize),
      l1Offset: Number(fields.l1Offset),
      l1Entries: fields.l1Entries,
      compression: fields.compressionType === 1 ? 'zstd' : 'zlib',
      snapshots: fields.snapshots,
    },
  };
}

import type { FailedCheck } from '../inspect/failed-check';

/** Extension types that say something about where the data is. The others (feature names, bitmaps, …) are skipped. */
const extension = { end: 0, dataFileName: 0x44415441, encryption: 0x0537be77 };

export type ExtensionsReading =
  | { readonly kind: 'incomplete'; readonly wantedBytes: number }
  | { readonly kind: 'read'; readonly failures: readonly FailedCheck[] };

/**
 * Walks the extensions between the header's fields and the end of its cluster.
 * A name of a data file is refused even where the feature bit that would make a reader follow it is not set.
 */
export function walkExtensions(
  prefix: Buffer,
  { from, clusterSizeBytes }: { from: number; clusterSizeBytes: number },
): ExtensionsReading {
  const failures: FailedCheck[] = [];
  for (let at = from; at + 8 <= clusterSizeBytes;) {
    if (at + 8 > prefix.length) return { kind: 'incomplete', wantedBytes: at + 8 };
    const type = prefix.readUInt32BE(at);
    const length = prefix.readUInt32BE(at + 4);
    if (type === extension.end) break;
    if (length > clusterSizeBytes - at - 8) {
      const detail = `the extension at byte ${at} claims ${length} bytes, more than its cluster has left`;
      return { kind: 'read', failures: [...failures, { check: 'header-extension', detail }] };
    }
    if (type === extension.dataFileName) failures.push(namesDataFile);
    if (type === extension.encryption) failures.push(holdsEncryption);
    at += 8 + Math.ceil(length / 8) * 8;
  }
  return { kind: 'read', failures };
}

const namesDataFile: FailedCheck = { check: 'data-file', detail: 'the header names another file as holding the data' };
const holdsEncryption: FailedCheck = { check: 'encryption', detail: 'the header holds parameters of an encryption' };

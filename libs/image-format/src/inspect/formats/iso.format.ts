import { readPrefix, prefixBytes } from '../asking';
import { holds } from './bytes';
import type { FormatRules } from './format-rules';

const descriptorAt = 32_768;
const identifiers = ['CD001', 'NSR02', 'NSR03'];
const primaryVolume = 1;

/** A disc: ISO 9660, UDF or both. Read as raw bytes, so nothing in it can lead a tool astray. */
export const iso: FormatRules = {
  matches: (prefix) => identifiers.some((identifier) => holds(prefix, descriptorAt + 1, identifier)),

  *inspect() {
    const prefix = yield* readPrefix(prefixBytes);
    if (prefix.length < prefixBytes) {
      const detail = `the file ends after ${prefix.length} bytes, inside its volume descriptor; at least ${prefixBytes} are needed`;
      return { failures: [{ check: 'incomplete', detail }] };
    }
    return { failures: [], image: { format: 'iso', volumeSizeBytes: volumeSize(prefix.subarray(descriptorAt)) } };
  },
};

/** Blocks times bytes of a block. Both stand there twice; the little-endian copy comes first. */
function volumeSize(descriptor: Buffer): number | undefined {
  if (!holds(descriptor, 1, 'CD001') || descriptor.readUInt8(0) !== primaryVolume) return undefined;
  return descriptor.readUInt32LE(80) * descriptor.readUInt16LE(128);
}

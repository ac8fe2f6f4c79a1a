import type { FileEnd } from '../asking';
import { type Check, failedChecks } from '../failed-check';
import { holds } from './bytes';
import { checkHeader, isAtEnd, readHeader, sectorBytes, signature, type VmdkHeader } from './vmdk.header';

const footerBytes = 3 * sectorBytes;
const markers = { endOfStream: 0, footer: 3 };

interface VmdkFooter {
  readonly isWhole: boolean;
  readonly isMarked: boolean;
  readonly hasSignature: boolean;
  readonly header: VmdkHeader;
}

/** The last three sectors: a marker, a second header that replaces the first, and the marker that ends the file. */
export function readFooter({ sizeBytes, tail }: FileEnd): VmdkFooter {
  const bytes = Buffer.concat([Buffer.alloc(Math.max(0, footerBytes - tail.length)), tail.subarray(-footerBytes)]);
  const header = bytes.subarray(sectorBytes, 2 * sectorBytes);
  return {
    isWhole: sizeBytes >= footerBytes && sizeBytes % sectorBytes === 0,
    isMarked: hasMarker(bytes, 0, markers.footer) && hasMarker(bytes, 2 * sectorBytes, markers.endOfStream),
    hasSignature: holds(header, 0, signature),
    header: readHeader(header),
  };
}

/** A marker of metadata has no bytes of data; the last one announces nothing at all. */
function hasMarker(bytes: Buffer, at: number, type: number): boolean {
  const sectors = bytes.readBigUInt64LE(at);
  const announces = type === markers.endOfStream ? sectors === 0n : true;
  return announces && bytes.readUInt32LE(at + 8) === 0 && bytes.readUInt32LE(at + 12) === type;
}

/** What a reader was told before must be what it gets. */
const sameAsHeader = [
  'version',
  'capacity',
  'grainSectors',
  'descriptorSector',
  'descriptorSectors',
  'entriesOfTable',
  'compression',
] as const;

interface FooterOfHeader {
  readonly header: VmdkHeader;
  readonly footer: VmdkFooter;
}

export const checkFooter: readonly Check<FooterOfHeader>[] = [['footer', compare]];

function compare({ header, footer }: FooterOfHeader): string | undefined {
  if (!footer.isWhole || !footer.isMarked || !footer.hasSignature)
    return 'the file does not end in the footer its header promises';
  const different = sameAsHeader.find((field) => header[field] !== footer.header[field]);
  if (different) return `its footer and its header differ (${different})`;
  if (isAtEnd(footer.header)) return 'its footer promises another footer';
  return failedChecks(checkHeader, footer.header)[0]?.detail;
}

import type { Mapping } from './tables';

/** One read of the file, and what is found in it. */
export interface PlannedRead {
  readonly host: number;
  readonly length: number;
  /** Each lies wholly inside the read, in the order of the file. */
  readonly mappings: readonly Mapping[];
}

/** No read is longer than this, unless a single compressed cluster is. */
const readBytesMax = 4 * 1024 * 1024;
/** Reading across a gap this small costs less than a second read. */
const gapBytesMax = 64 * 1024;

/** Gathers what an L2 table maps into few reads, in the order of the file. */
export function planReads(mappings: readonly Mapping[]): PlannedRead[] {
  const reads: PlannedRead[] = [];
  let group: Mapping[] = [];
  let start = 0;
  let end = 0;
  const closeGroup = () => {
    if (group.length > 0) reads.push({ host: start, length: end - start, mappings: group });
    group = [];
  };
  for (const mapping of mappings.flatMap(cutToReads).sort((a, b) => a.host - b.host)) {
    const mappingEnd = mapping.host + mapping.length;
    if (mapping.host - end > gapBytesMax || mappingEnd - start > readBytesMax) closeGroup();
    if (group.length === 0) {
      start = mapping.host;
      end = mappingEnd;
    }
    group.push(mapping);
    end = Math.max(end, mappingEnd);
  }
  closeGroup();
  return reads;
}

/** Data may be cut anywhere; a compressed cluster stays whole. */
function cutToReads(mapping: Mapping): Mapping[] {
  if (mapping.kind === 'deflated' || mapping.length <= readBytesMax) return [mapping];
  const pieces: Mapping[] = [];
  for (let at = 0; at < mapping.length; at += readBytesMax) {
    const length = Math.min(readBytesMax, mapping.length - at);
    pieces.push({ kind: 'data', host: mapping.host + at, guest: mapping.guest + at, length });
  }
  return pieces;
}

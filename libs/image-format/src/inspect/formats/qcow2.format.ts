import { type HeaderReading, readQcow2Header } from '../../qcow2/header';
import { type Asking, prefixBytes, read, readPrefix } from '../asking';
import { holds } from './bytes';
import { type FormatRules, refuse } from './format-rules';

/** QEMU's own format. Its header's rules are in `qcow2/header.checks.ts`; its tables are the decoder's. */
export const qcow2: FormatRules = {
  matches: (prefix) => holds(prefix, 0, 'QFI\xfb'),

  *inspect() {
    const reading = yield* readHeader();
    if (reading.kind === 'invalid') return refuse(...reading.failures);
    if (reading.kind === 'incomplete') throw new RangeError('the header does not end in its cluster');
    const { header } = reading;
    return { failures: [], image: { format: 'qcow2', virtualSizeBytes: header.virtualSizeBytes, header } };
  },
};

/** Extensions may fill the whole first cluster, of up to 2 MiB: it is asked for only when they go on behind the prefix. */
function* readHeader(): Asking<HeaderReading> {
  const prefix = yield* readPrefix(prefixBytes);
  const reading = readQcow2Header(prefix);
  if (reading.kind !== 'incomplete') return reading;
  const clusterBytes = prefix.length < prefixBytes ? reading.wantedBytes : 2 ** prefix.readUInt32BE(20);
  return readQcow2Header(yield* read(0, clusterBytes));
}

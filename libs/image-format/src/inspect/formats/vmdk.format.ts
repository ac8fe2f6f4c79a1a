import { awaitEnd, read } from '../asking';
import { failedChecks } from '../failed-check';
import { holds } from './bytes';
import { type FormatRules, refuse } from './format-rules';
import { checkWithin } from './truncated';
import { checkDescriptor, descriptorAt, readDescriptor } from './vmdk.descriptor';
import { checkFooter, readFooter } from './vmdk.footer';
import { checkTables } from './vmdk.tables';
import { checkHeader, grainDirectoryEnd, isAtEnd, readHeader, sectorBytes, signature } from './vmdk.header';

/** VMware's format for a disk in one file: a sparse extent with its descriptor inside. All other kinds name files beside it. */
export const vmdk: FormatRules = {
  matches: (prefix) => holds(prefix, 0, signature) || holds(prefix, 0, esxSignature) || isDescriptorFile(prefix),

  *inspect() {
    const sector = yield* read(0, 4);
    if (!holds(sector, 0, signature)) return refuse(holds(sector, 0, esxSignature) ? esxExtent : descriptorOnly);
    const header = readHeader(yield* read(0, sectorBytes));
    const failures = failedChecks(checkHeader, header);
    if (failures.length > 0) return refuse(...failures);
    const descriptor = readDescriptor(yield* read(descriptorAt, header.descriptorBytes));
    failures.push(...failedChecks(checkDescriptor, descriptor));
    if (failures.length > 0) return refuse(...failures);

    const overlap = isAtEnd(header) ? undefined : yield* checkTables(header);
    if (overlap) return refuse(overlap);
    const end = yield* awaitEnd();
    if (isAtEnd(header)) failures.push(...failedChecks(checkFooter, { header, footer: readFooter(end) }));
    if (failures.length > 0) return refuse(...failures);
    const { header: last } = isAtEnd(header) ? readFooter(end) : { header };
    const directory = { name: 'grain directory', until: grainDirectoryEnd(last) };
    const metadata = { name: 'metadata', until: Number(last.grainOffset) * sectorBytes };
    failures.push(...checkWithin(end.sizeBytes, directory, metadata));
    if (failures.length > 0) return refuse(...failures);
    return {
      failures,
      image: { format: 'vmdk', virtualSizeBytes: Number(last.capacity) * sectorBytes, qemuFormat: 'vmdk' },
    };
  },
};

/** The sparse extents of old ESX servers, which have no descriptor inside. */
const esxSignature = 'COWD';

const esxExtent = {
  check: 'unsupported-format',
  detail: 'the file is an extent of an ESX server, without its descriptor',
} as const;
const descriptorOnly = {
  check: 'descriptor-only',
  detail: 'the file is only a text that names the files which hold the disk',
} as const;

/** A text: comments and blank lines, then the version. QEMU takes it for a VMDK by that alone, within its first 2 KiB. */
function isDescriptorFile(prefix: Buffer): boolean {
  const text = prefix.toString('latin1', 0, 4096);
  return /^# *disk descriptorfile/i.test(text) || /^(?:#[^\n]*\n|[ \t]*\r?\n)*version *= *[0-9]/i.test(text);
}

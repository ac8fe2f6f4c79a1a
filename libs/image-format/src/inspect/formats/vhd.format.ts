import { type Asking, awaitEnd, read, scan } from '../asking';
import { type FailedCheck, failedChecks } from '../failed-check';
import { NumberSet } from '../number-set';
import { holds } from './bytes';
import { type Findings, type FormatRules, refuse } from './format-rules';
import { checkWithin } from './truncated';
import { checkDynamicFooter, checkFixedFooter, cookie, footerBytes, readFooter, type VhdFooter } from './vhd.footer';
import {
  blockTableEnd,
  checkDynamicHeader,
  type DynamicHeader,
  dynamicHeaderBytes,
  readDynamicHeader,
} from './vhd.dynamic-header';

/** The format of Virtual PC and Hyper-V with a table of blocks: a copy of its footer stands at its beginning. */
export const vhd: FormatRules = {
  matches: (prefix) => holds(prefix, 0, cookie),

  *inspect() {
    const footer = readFooter(yield* read(0, footerBytes));
    const failures = failedChecks(checkDynamicFooter, footer);
    if (failures.length > 0) return refuse(...failures);
    const header = readDynamicHeader(yield* read(Number(footer.dataOffset), dynamicHeaderBytes), footer);
    failures.push(...failedChecks(checkDynamicHeader, header));
    if (!isReadable(failures)) return refuse(...failures);
    const wrongBlock = yield* checkTable(header, Number(footer.dataOffset) + dynamicHeaderBytes);
    if (wrongBlock) return refuse(...failures, { check: 'block-table', detail: wrongBlock });
    const { sizeBytes, tail } = yield* awaitEnd();
    failures.push(...checkWithin(sizeBytes, { name: 'table of blocks', until: blockTableEnd(header) }));
    if (!holds(tail.subarray(-footerBytes), 0, cookie)) failures.push(withoutFooter);
    return accept(footer, failures);
  },
};

const unused = 0xffff_ffff;
const sectorBytes = 512;

/** Blocks that begin closer to each other than a block is long lie over each other. */
function checkTable({ tableOffset, blocks, blockSize }: DynamicHeader, passed: number): Asking<string | undefined> {
  const begun = new NumberSet();
  return scan({ offset: Number(tableOffset), length: blocks * 4 }, passed, (piece) => {
    for (let at = 0; at < piece.length; at += 4) {
      const sector = piece.readUInt32BE(at);
      if (sector === unused || begun.add(Math.floor((sector * sectorBytes) / blockSize))) continue;
      return `its table names a block at sector ${sector} that lies over another`;
    }
    return undefined;
  });
}

const withoutFooter: FailedCheck = {
  check: 'incomplete',
  detail: 'the file does not end in its footer: it was cut short, or bytes were added behind it',
};

/**
 * The same format without a table: the disk's bytes, then the footer. By its first bytes it is whatever the guest put there, so it is
 * looked for only where it was declared. Undefined when there is no footer.
 */
export function* inspectFixedVhd(): Asking<Findings | undefined> {
  const { sizeBytes, tail } = yield* awaitEnd();
  const bytes = tail.subarray(-footerBytes);
  if (!holds(bytes, 0, cookie) || bytes.length < footerBytes) return undefined;
  const footer = readFooter(bytes);
  const failures = failedChecks(checkFixedFooter, footer);
  if (failures.length > 0) return refuse(...failures);
  const until = footer.virtualSizeBytes + footerBytes;
  return accept(footer, checkWithin(sizeBytes, { name: 'disk with its footer', until }));
}

/** A wrong checksum of the header says nothing about where things are; everything else does. */
function isReadable(failures: readonly FailedCheck[]): boolean {
  return failures.every(({ check }) => check === 'header-checksum');
}

function accept({ virtualSizeBytes }: VhdFooter, failures: readonly FailedCheck[]): Findings {
  return { failures, image: { format: 'vhd', virtualSizeBytes, qemuFormat: 'vpc' } };
}

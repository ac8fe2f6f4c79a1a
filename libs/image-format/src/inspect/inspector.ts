import { Prefix } from '../prefix';
import { readQcow2Header, smallestHeaderBytes } from '../qcow2/header';
import type { FailedCheck } from './failed-check';
import { parseDiskFormat, type ImageFormat } from './image-format';
import { findPartitionTable } from './partition-table';
import { matchSignatures, signatureBytes } from './signatures';
import type { Verdict } from './verdict';

export interface InspectorOptions {
  /** Glance's `disk_format`. Without it the file is judged by its bytes alone. */
  readonly declared?: string;
  /** The largest disk the caller has room for, in bytes: a header that claims more is refused. */
  readonly virtualSizeBytesMax?: number;
}

/** Judges a file by its first bytes. Fed in order, by chunks of any size; keeps a copy of at most 2 MiB. */
export interface Inspector {
  /** Undefined until enough bytes have been seen; then it stays. */
  readonly verdict: Verdict | undefined;
  push(chunk: Buffer): Verdict | undefined;
  /** Says that the file has ended. A file that ended too early to be judged is refused as `incomplete`. */
  end(): Verdict;
}

export function createInspector(options: InspectorOptions = {}): Inspector {
  return new PrefixInspector(options);
}

type Judgement = Verdict | { readonly kind: 'incomplete'; readonly wantedBytes: number };

class PrefixInspector implements Inspector {
  verdict: Verdict | undefined;
  private readonly prefix = new Prefix();
  private wantedBytes = smallestHeaderBytes;

  constructor(private readonly options: InspectorOptions) {}

  push(chunk: Buffer): Verdict | undefined {
    let from = 0;
    while (!this.verdict) {
      from += this.prefix.fill(chunk, { from, wantedBytes: this.wantedBytes });
      if (this.prefix.bytes.length < this.wantedBytes) break;
      this.settle(judge(this.prefix.bytes, { ...this.options, complete: false }));
    }
    return this.verdict;
  }

  end(): Verdict {
    if (this.verdict) return this.verdict;
    const judgement = judge(this.prefix.bytes, { ...this.options, complete: true });
    this.verdict = judgement.kind === 'incomplete' ? endedEarly(this.prefix.bytes.length, judgement) : judgement;
    return this.verdict;
  }

  private settle(judgement: Judgement): void {
    if (judgement.kind === 'incomplete') this.wantedBytes = judgement.wantedBytes;
    else this.verdict = judgement;
  }
}

/** @param options.complete the file ends where `prefix` does */
function judge(prefix: Buffer, options: InspectorOptions & { complete: boolean }): Judgement {
  const formats = matchSignatures(prefix);
  // A header of qcow2 is judged at once. What lies further back can make the file look like something else to
  // others, but not to a reader that has been told the format, and ours always is.
  const enough = options.complete || prefix.length >= signatureBytes || formats.includes('qcow2');
  if (!enough) return { kind: 'incomplete', wantedBytes: signatureBytes };

  const partitionTable = findPartitionTable(prefix);
  const [detected = 'raw' as const, ...others] = formats;
  if (others.length > 0 || (partitionTable && detected !== 'raw' && detected !== 'iso')) {
    return refusePolyglot([...formats, ...(partitionTable ? [partitionTable] : [])]);
  }
  const failures = [...compareWithDeclared(detected, options.declared)];
  if (detected === 'qcow2') return judgeQcow2(prefix, options, failures);
  if (detected !== 'raw' && failures.length === 0) failures.push(unsupported(detected));
  if (detected !== 'raw' || failures.length > 0) return { kind: 'refused', detected, failures };
  return { kind: 'accepted', format: 'raw', partitionTable };
}

function judgeQcow2(prefix: Buffer, options: InspectorOptions, mismatch: readonly FailedCheck[]): Judgement {
  const reading = readQcow2Header(prefix);
  if (reading.kind === 'incomplete') return reading;
  const failures = [...mismatch, ...(reading.kind === 'invalid' ? reading.failures : [])];
  if (reading.kind === 'valid') failures.push(...checkRoom(reading.header.virtualSizeBytes, options));
  if (reading.kind === 'invalid' || failures.length > 0) return { kind: 'refused', detected: 'qcow2', failures };
  const { header } = reading;
  return { kind: 'accepted', format: 'qcow2', virtualSizeBytes: header.virtualSizeBytes, header };
}

function checkRoom(virtualSizeBytes: number, { virtualSizeBytesMax = Infinity }: InspectorOptions): FailedCheck[] {
  if (virtualSizeBytes <= virtualSizeBytesMax) return [];
  const detail = `the disk in the image has ${virtualSizeBytes} bytes; at most ${virtualSizeBytesMax} are allowed here`;
  return [{ check: 'virtual-size', detail }];
}

function compareWithDeclared(detected: ImageFormat, declared: string | undefined): FailedCheck[] {
  if (declared === undefined) return [];
  const expected = parseDiskFormat(declared);
  if (expected === detected) return [];
  if (expected === undefined) {
    return [{ check: 'unsupported-format', detail: `the disk format "${declared}" is not known here` }];
  }
  return [{ check: 'format-mismatch', detail: `the image is declared ${declared}, but its bytes are ${detected}` }];
}

function unsupported(detected: ImageFormat): FailedCheck {
  return { check: 'unsupported-format', detail: `images of the format ${detected} cannot be read here` };
}

function refusePolyglot(claims: readonly string[]): Verdict {
  const detail = `the file claims to be several things at once: ${claims.join(', ')}`;
  return { kind: 'refused', detected: undefined, failures: [{ check: 'polyglot', detail }] };
}

function endedEarly(sizeBytes: number, { wantedBytes }: { wantedBytes: number }): Verdict {
  const detail = `the file ends after ${sizeBytes} bytes, inside its header; at least ${wantedBytes} are needed`;
  return { kind: 'refused', detected: 'qcow2', failures: [{ check: 'incomplete', detail }] };
}

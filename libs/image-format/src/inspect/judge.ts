import { announce, type Asking, prefixBytes, readPrefix } from './asking';
import type { FailedCheck } from './failed-check';
import { formats, matchSignatures } from './formats';
import type { Findings } from './formats/format-rules';
import { inspectRaw } from './formats/raw.format';
import { inspectFixedVhd } from './formats/vhd.format';
import { type ImageFormat, parseDiskFormat } from './image-format';
import { isIgnored } from './overridable-checks';
import { hasPartitionTable } from './partition-table';
import type { ImageFacts, RefusedImage, Verdict } from './verdict';

export interface JudgeOptions {
  /** Glance's `disk_format`. Without it the file is judged by its bytes alone. */
  readonly declared?: string;
  /** The largest disk the caller has room for, in bytes: a header that claims more is refused. */
  readonly virtualSizeBytesMax?: number;
  /** Checks whose failure does not refuse, by the operator's choice: only `overridableChecks` have an effect. */
  readonly ignoredChecks?: readonly string[];
}

/**
 * Reaches a verdict. What a file is follows from its first bytes alone; then the rules of that format look at it, and no others: what
 * a file merely resembles cannot disturb.
 */
export function* judge(options: JudgeOptions): Asking<Verdict> {
  const prefix = yield* readPrefix(prefixBytes);
  const claims = matchSignatures(prefix);
  const claimed = settleClaims(claims, hasPartitionTable(prefix), options);
  if ('kind' in claimed) return claimed;

  const { detected, readAs, failures } = claimed;
  yield* announce(readAs === 'fixed-vhd' ? 'vhd' : readAs);
  const findings = readAs === 'fixed-vhd' ? yield* inspectFixedVhd() : yield* inspectAs(readAs);
  if (!findings) return refused('raw', [mismatch('raw', options.declared)]);
  return conclude(detected, { ...findings, failures: [...failures, ...findings.failures] }, options);
}

function inspectAs(format: ImageFormat): Asking<Findings> {
  return format === 'raw' ? inspectRaw() : formats[format].inspect();
}

interface Settled {
  readonly detected: ImageFormat | undefined;
  readonly readAs: ImageFormat | 'fixed-vhd';
  /** Failures that the operator has switched off. */
  readonly failures: readonly FailedCheck[];
}

/** What the file is, and as what it will be read, given the signatures in it and the word of who declared it. */
function settleClaims(
  claims: readonly ImageFormat[],
  partitioned: boolean,
  options: JudgeOptions,
): Settled | RefusedImage {
  const { declared } = options;
  const [claim = 'raw', ...others] = claims;
  // A disc may be made to boot as a disk, too.
  const several = others.length > 0 || (partitioned && claim !== 'raw' && claim !== 'iso');
  const expected = declared === undefined ? undefined : parseDiskFormat(declared);
  if (declared !== undefined && !expected) return refused(several ? undefined : claim, [unknownFormat(declared)]);
  if (!several) return settleOne(claim, expected, options);
  const polyglot = claimsToBe(partitioned ? [...claims, 'a partitioned disk'] : claims);
  // Where nobody declared a format, nothing says which of its natures to read.
  if (!expected) return refused(undefined, [polyglot]);
  if (claims.includes(expected))
    return overridden({ detected: undefined, readAs: expected, failures: [polyglot] }, options);
  const failures = [polyglot, mismatch(claims.join(' and '), declared)];
  return overridden({ detected: undefined, readAs: expected, failures }, options);
}

function settleOne(
  detected: ImageFormat,
  expected: ImageFormat | undefined,
  options: JudgeOptions,
): Settled | RefusedImage {
  if (expected === undefined || expected === detected) return { detected, readAs: detected, failures: [] };
  if (detected === 'raw' && expected === 'vhd') return { detected, readAs: 'fixed-vhd', failures: [] };
  return overridden({ detected, readAs: expected, failures: [mismatch(detected, options.declared)] }, options);
}

/** Refused, unless the operator has switched all these checks off, and the file can be read that way. */
function overridden(
  settled: Settled & { readonly readAs: ImageFormat },
  { ignoredChecks }: JudgeOptions,
): Settled | RefusedImage {
  const { detected, readAs, failures } = settled;
  const mismatches = failures.some(({ check }) => check === 'format-mismatch');
  const readable = !mismatches || isReadAsBytes(readAs);
  return readable && failures.every(({ check }) => isIgnored(check, ignoredChecks))
    ? settled
    : refused(detected, failures);
}

/** Formats that any bytes can be read as, if an operator insists. */
function isReadAsBytes(format: ImageFormat): boolean {
  return format === 'raw' || format === 'iso';
}

function conclude(detected: ImageFormat | undefined, { failures, image }: Findings, options: JudgeOptions): Verdict {
  const all = image ? [...failures, ...checkRoom(image, options)] : failures;
  const ignored = all.filter(({ check }) => isIgnored(check, options.ignoredChecks));
  if (image && ignored.length === all.length) return { kind: 'accepted', ...image, ignored };
  return refused(
    detected,
    all.filter((failure) => !ignored.includes(failure)),
  );
}

function checkRoom(image: ImageFacts, { virtualSizeBytesMax = Infinity }: JudgeOptions): FailedCheck[] {
  if (!('virtualSizeBytes' in image) || image.virtualSizeBytes <= virtualSizeBytesMax) return [];
  const detail = `the disk in the image has ${image.virtualSizeBytes} bytes; at most ${virtualSizeBytesMax} are allowed here`;
  return [{ check: 'virtual-size', detail }];
}

function refused(detected: ImageFormat | undefined, failures: readonly FailedCheck[]): RefusedImage {
  return { kind: 'refused', detected, failures };
}

function unknownFormat(declared: string): FailedCheck {
  return { check: 'unsupported-format', detail: `the disk format ${JSON.stringify(declared)} is not known here` };
}

function mismatch(found: string, declared = ''): FailedCheck {
  return { check: 'format-mismatch', detail: `the image is declared ${declared}, but its bytes are ${found}` };
}

function claimsToBe(claims: readonly string[]): FailedCheck {
  return { check: 'polyglot', detail: `the file claims to be several things at once: ${claims.join(', ')}` };
}

import * as fc from 'fast-check';
import { chop } from '../testing/decoding';
import { buildIso } from '../testing/iso.builder';
import { buildLuks } from '../testing/luks.builder';
import { buildHeader } from '../testing/qcow2.builder';
import { safetyCorpus } from '../testing/safety-corpus';
import { buildVdi } from '../testing/vdi.builder';
import { buildDynamicVhd } from '../testing/vhd.builder';
import { buildVhdx } from '../testing/vhdx.builder';
import { buildFooterVmdk, buildSparseVmdk } from '../testing/vmdk.builder';
import { createInspector } from './inspector';
import type { Verdict } from './verdict';

function inspectChunks(declared: string, chunks: readonly Buffer[]): Verdict {
  const inspector = createInspector({ declared });
  for (const chunk of chunks) inspector.push(chunk);
  return inspector.end();
}

const corpus = safetyCorpus().map(({ declared, name, bytes, expected }) => ({ declared, name, bytes, expected }));
const accepted = corpus.filter(({ expected }) => expected === 'accepted');
const whole = new Map(corpus.map(({ name, declared, bytes }) => [name, inspectChunks(declared, [bytes])]));

test('how a file is cut into chunks does not matter', () => {
  const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 600 }), fc.integer({ min: 1, max: 300_000 })), {
    minLength: 1,
    maxLength: 12,
  });
  fc.assert(
    fc.property(fc.constantFrom(...corpus), sizes, ({ name, declared, bytes }, lengths) => {
      expect(inspectChunks(declared, chop(bytes, lengths))).toEqual(whole.get(name));
    }),
    { numRuns: 300 },
  );
});

/** Byte by byte where headers, tables and footers are; the middle of a large file in one chunk. */
function bytewise(bytes: Buffer): Buffer[] {
  const [head, tail] = [Math.min(bytes.length, 70_000), Math.max(70_000, bytes.length - 4000)];
  return [
    ...chop(bytes.subarray(0, head), [1]),
    ...(tail > head ? [bytes.subarray(head, tail)] : []),
    ...chop(bytes.subarray(tail), [1]),
  ];
}

test.each(accepted.map((item) => [item.name, item] as const))(
  '%s may come byte by byte',
  (name, { declared, bytes }) => {
    expect(inspectChunks(declared, bytewise(bytes))).toEqual(whole.get(name));
  },
);

interface Cut {
  readonly declared: string;
  readonly bytes: Buffer;
  /** The bytes that its signature takes: a file that ends before is raw. */
  readonly signatureBytes: number;
}

const cuts: readonly Cut[] = [
  { declared: 'qcow2', bytes: buildHeader({ clusterBits: 9 }), signatureBytes: 4 },
  { declared: 'vmdk', bytes: buildSparseVmdk().subarray(0, 22 * 512), signatureBytes: 4 },
  { declared: 'vdi', bytes: buildVdi(), signatureBytes: 0x44 },
  { declared: 'vhd', bytes: buildDynamicVhd(), signatureBytes: 8 },
];

test.each(cuts)(
  'a $declared cut at any byte of its headers is refused as incomplete',
  ({ declared, bytes, signatureBytes }) => {
    for (let length = 1; length < bytes.length; length++) {
      const check = length < signatureBytes ? 'format-mismatch' : 'incomplete';
      // The loop is over thousands of lengths: a matcher for each would take most of the time.
      const verdict = inspectChunks(declared, [bytes.subarray(0, length)]);
      if (verdict.kind !== 'refused' || verdict.failures[0]?.check !== check)
        throw new Error(`${length}: ${JSON.stringify(verdict)}`);
    }
  },
);

const largeCuts: readonly Cut[] = [
  { declared: 'vhdx', bytes: buildVhdx(), signatureBytes: 8 },
  { declared: 'luks', bytes: buildLuks().subarray(0, 2 << 20), signatureBytes: 6 },
  { declared: 'iso', bytes: buildIso().subarray(0, 34_816), signatureBytes: 32_774 },
];

test.each(largeCuts)(
  'a $declared cut anywhere before its data is refused as incomplete',
  ({ declared, bytes, signatureBytes }) => {
    fc.assert(
      fc.property(fc.integer({ min: signatureBytes, max: bytes.length - 1 }), (length) => {
        const verdict = inspectChunks(declared, [bytes.subarray(0, length)]);
        expect(verdict).toMatchObject({ kind: 'refused', failures: [{ check: 'incomplete' }] });
      }),
      { numRuns: 60 },
    );
  },
);

test('a streamOptimized VMDK cut anywhere is refused', () => {
  const bytes = buildFooterVmdk({ grains: new Map([[3, Buffer.alloc(65_536, 9)]]) });
  fc.assert(
    fc.property(fc.integer({ min: 4, max: bytes.length - 1 }), (length) => {
      const verdict = inspectChunks('vmdk', [bytes.subarray(0, length)]);
      expect(verdict.kind === 'refused' && verdict.failures[0]?.check).toMatch(/^(incomplete|footer)$/);
    }),
    { numRuns: 200 },
  );
});

/** Places in headers and tables: the first 2 KiB, the last 2 KiB, and where a VHDX has its tables. */
function interesting(at: number, sizeBytes: number): number {
  const starts = [0, 0, sizeBytes - 2048, 192 * 1024, 2 << 20, (2 << 20) + 64 * 1024];
  const start = starts[at % starts.length] ?? 0;
  return Math.min(sizeBytes - 1, Math.max(0, start + (Math.floor(at / starts.length) % 2048)));
}

test('whatever the bytes, there is a verdict, and a rule never fails to understand them', () => {
  const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(fc.constantFrom(...corpus), flips, ({ declared, bytes }, changes) => {
      const file = Buffer.from(bytes);
      for (const [at, value] of changes) if (file.length > 0) file[interesting(at, file.length)] = value;
      const verdict = inspectChunks(declared, [file]);
      const checks = verdict.kind === 'refused' ? verdict.failures.map(({ check }) => check) : [];
      expect(checks).not.toContain('unreadable');
      if (verdict.kind === 'refused') expect(checks.length).toBeGreaterThan(0);
    }),
    { numRuns: 2000 },
  );
});

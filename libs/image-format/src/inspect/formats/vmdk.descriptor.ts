import type { Check } from '../failed-check';

export const descriptorAt = 512;

const createTypes = ['monolithicsparse', 'streamoptimized'];
const createTypeLengthMax = 64;
const accesses = ['rw', 'rdonly', 'noaccess'];
const parentless = 'ffffffff';

interface Descriptor {
  /** Whether all bytes are ASCII, and nothing but zeros comes behind the text, of which there is at least one. */
  readonly isText: boolean;
  readonly lines: readonly Line[];
}

/** A line in small letters, trimmed, with what it is by its first word. */
interface Line {
  readonly kind: 'empty' | 'comment' | 'database' | 'field' | 'extent' | 'unknown';
  readonly text: string;
}

export function readDescriptor(bytes: Buffer): Descriptor {
  const length = bytes.indexOf(0);
  const text = bytes.subarray(0, Math.max(0, length));
  const isText = length > 0 && bytes.subarray(length).every((byte) => byte === 0) && text.every((byte) => byte < 0x80);
  const lines = text.toString('latin1').toLowerCase().split('\n');
  return { isText, lines: lines.map((line) => classify(line.trim())) };
}

function classify(text: string): Line {
  if (text === '') return { kind: 'empty', text };
  if (text.startsWith('#')) return { kind: 'comment', text };
  if (text.startsWith('ddb')) return { kind: 'database', text };
  // A single word before the sign: oddly spaced fields would be read differently by different tools.
  if (/^[^\s=]+=/.test(text)) return { kind: 'field', text };
  return { kind: accesses.includes(text.split(' ')[0] ?? '') ? 'extent' : 'unknown', text };
}

export const checkDescriptor: readonly Check<Descriptor>[] = [
  ['descriptor', checkText],
  ['create-type', checkCreateType],
  ['extents', checkExtents],
  ['backing-file', checkParent],
];

/** The text has to end inside its place: QEMU reads on until a zero, whatever length the header gives. */
function checkText({ isText, lines }: Descriptor): string | undefined {
  if (!isText) return 'its descriptor is not a plain text that ends where the header says';
  const unknown = lines.find(({ kind }) => kind === 'unknown');
  return unknown && `its descriptor has a line that is not known: ${JSON.stringify(unknown.text.slice(0, 80))}`;
}

function checkCreateType({ lines }: Descriptor): string | undefined {
  const values = valuesOf(lines, 'createtype');
  const [value = ''] = values;
  if (values.length !== 1 || value.length >= createTypeLengthMax)
    return 'its descriptor does not say what kind of VMDK it is';
  return createTypes.includes(value)
    ? undefined
    : `it is a VMDK of the kind ${JSON.stringify(value)}; monolithicSparse and streamOptimized are accepted`;
}

function checkExtents({ lines }: Descriptor): string | undefined {
  const extents = lines.filter(({ kind }) => kind === 'extent');
  if (extents.length === 0) return 'its descriptor names no extent';
  return extents.some(({ text }) => text.includes('/'))
    ? 'its descriptor names an extent in another folder'
    : undefined;
}

/** QEMU looks for the name of a parent anywhere in the text, in comments too. */
function checkParent({ lines }: Descriptor): string | undefined {
  if (lines.some(({ text }) => text.includes('parentfilenamehint')))
    return 'its descriptor names another image as the one it builds on';
  return valuesOf(lines, 'parentcid').some((value) => value !== parentless)
    ? 'the image builds on another image'
    : undefined;
}

/** The values of a field, without quotes. */
function valuesOf(lines: readonly Line[], name: string): string[] {
  return lines.flatMap(({ kind, text }) => {
    const at = text.indexOf('=');
    return kind === 'field' && text.slice(0, at) === name
      ? [
          text
            .slice(at + 1)
            .trim()
            .replace(/^"(.*)"$/, '$1'),
        ]
      : [];
  });
}

import { commitCodec, rememberingCodec, type CommitCodec } from './commit-codec';
import { newCommit, streamNamed } from './testing';

const stream = streamNamed('service');
const real = commitCodec();
const at = '2026-01-02T03:04:06.000Z';
const bytes = (text: string) => real.encode(stream, newCommit(text, 'commit'));

function counting(): { readonly codec: CommitCodec; readonly decoded: number[] } {
  const decoded: number[] = [];
  const decode: CommitCodec['decode'] = (of, sequence, stored, storedAt) => {
    decoded.push(sequence);
    return real.decode(of, sequence, stored, storedAt);
  };
  return { codec: { encode: real.encode, decode }, decoded };
}

describe('a codec that remembers', () => {
  test('decodes a commit once, however often it is read', () => {
    const { codec, decoded } = counting();
    const remembering = rememberingCodec(codec, 2);
    const first = remembering.decode(stream, 1, bytes('a'), at);
    expect(remembering.decode(stream, 1, bytes('a'), at)).toBe(first);
    expect(first).toEqual(real.decode(stream, 1, bytes('a'), at));
    expect(decoded).toEqual([1]);
  });

  test('takes no commit for another: of a log that was made anew, or of another stream', () => {
    const remembering = rememberingCodec(real, 2);
    remembering.decode(stream, 1, bytes('a'), at);
    expect(remembering.decode(stream, 1, bytes('b'), at)).toEqual(real.decode(stream, 1, bytes('b'), at));
    const other = { ...stream, id: 'another' };
    expect(remembering.decode(other, 1, bytes('b'), at).stream).toEqual(other);
    const later = '2026-01-02T03:04:07.000Z';
    expect(remembering.decode(other, 1, bytes('b'), later).storedAt).toBe(later);
  });

  test('forgets the oldest, and keeps none that is large', () => {
    const { codec, decoded } = counting();
    const remembering = rememberingCodec(codec, 2);
    for (const sequence of [1, 2, 3, 3, 2, 1]) remembering.decode(stream, sequence, bytes('a'), at);
    expect(decoded).toEqual([1, 2, 3, 1]);
    const large = bytes('x'.repeat(20_000));
    for (const sequence of [7, 7]) remembering.decode(stream, sequence, large, at);
    expect(decoded.slice(4)).toEqual([7, 7]);
  });

  test('forgets the oldest of many that are large together', () => {
    const { codec, decoded } = counting();
    const remembering = rememberingCodec(codec, 1_000);
    const sequences = Array.from({ length: 60 }, (_, index) => index + 1);
    const large = bytes('x'.repeat(10_000));
    for (const sequence of [...sequences, 60, 60, 30]) remembering.decode(stream, sequence, large, at);
    expect(decoded).toEqual([...sequences]);
    remembering.decode(stream, 1, large, at);
    expect(decoded).toEqual([...sequences, 1]);
  });

  test('does not hold what the bytes were read from', () => {
    const { codec, decoded } = counting();
    const remembering = rememberingCodec(codec, 2);
    const read = bytes('a');
    remembering.decode(stream, 1, read, at);
    read.fill(0);
    remembering.decode(stream, 1, bytes('a'), at);
    expect(decoded).toEqual([1]);
  });
});
